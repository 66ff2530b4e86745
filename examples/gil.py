# Three who only chop and one who tastes now and then: the same as gil-model.c, in Python.
# Look for the same pattern; the lock in the lane below is CPython's own.
# python3 examples/gil.py
import threading
import time


def chop(seconds):
    done = time.thread_time() + seconds
    turns = 0
    while time.thread_time() < done:
        turns += 1


def prepare():
    chop(0.040)


def taste():
    for _ in range(8):
        time.sleep(0.002)
        chop(0.0001)


threads = [threading.Thread(target=taste, name="gravy")]
for name in ("chicken", "potatoes", "broccoli"):
    threads.append(threading.Thread(target=prepare, name=name))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
