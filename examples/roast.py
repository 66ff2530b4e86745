# The roast once more, in Python: a thread for each dish, and no lock called chef, since Python brings one.
# Look at who has the lock, for how long at a time, and at when the chicken gets into the oven.
# python3 examples/roast.py
import threading
import time

MINUTE = 0.012


def hands_on(minutes):
    done = time.thread_time() + minutes * MINUTE
    while time.thread_time() < done:
        pass


def oven(minutes):
    time.sleep(minutes * MINUTE)  # puts the lock down, as every wait does


def dish(preparing, cooking, finishing):
    hands_on(preparing)
    oven(cooking)
    hands_on(finishing)


dishes = {"chicken": (10, 40, 5), "potatoes": (16, 25, 2), "broccoli": (7, 6, 1), "gravy": (4, 5, 1)}
threads = [threading.Thread(target=dish, args=minutes, name=name) for name, minutes in dishes.items()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
hands_on(2)  # combine, and serve
