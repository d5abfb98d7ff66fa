"""The two loops in SimPy: as a user of it would write them."""

import json
import random
import sys
import time

import simpy

SIMULATED_S, SEED = float(sys.argv[1]), int(sys.argv[2])


class Tally:
    got = 0
    waited_s = 0.0


def producer(env, store, chance):
    while True:
        yield env.timeout(chance.randint(250, 1500) / 1000)
        store.put(env.now)


def consumer(env, store, chance, tally):
    is_fast = False
    while True:
        length = len(store.items)
        if length > 5:
            is_fast = True
        elif length == 0:
            is_fast = False
        pause_ms = chance.randint(200, 600) if is_fast else chance.randint(1000, 2000)
        yield env.timeout(pause_ms / 1000)
        put_at = yield store.get()
        tally.got += 1
        tally.waited_s += env.now - put_at


chance = random.Random(SEED)
tally = Tally()
env = simpy.Environment()
store = simpy.Store(env)
env.process(producer(env, store, chance))
env.process(consumer(env, store, chance, tally))
start = time.process_time()
env.run(until=SIMULATED_S)
took_s = time.process_time() - start
print(json.dumps({"took_s": took_s, "items": tally.got, "mean_wait_s": tally.waited_s / tally.got}))
