# Two processes of one program: each is a whole Python, with its own memory and its own lock.
# Look for stretches in which both work, and at what became of the lunch they both added to.
# python3 examples/processes.py
from multiprocessing import Process
import time

lunch = []


def chop(dish):
    with open("/proc/self/comm", "w") as name:  # what this process is called
        name.write(dish)
    lunch.append(dish)
    done = time.thread_time() + 0.050
    while time.thread_time() < done:
        pass


if __name__ == "__main__":
    cooks = [Process(target=chop, args=(dish,)) for dish in ("potatoes", "broccoli")]
    for cook in cooks:
        cook.start()
    for cook in cooks:
        cook.join()
    print("For lunch there is:", *lunch or ["nothing"])
