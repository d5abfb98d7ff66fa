"""The two loops in Ciw: one node with one server.

An item is got when the pause that began at the get before it is over, or at once when it comes
later than that. So the time it is served is what is left of that pause; which gear the pause was
drawn in depends on what was waiting when it began.
"""

import json
import random
import sys
import time

import ciw

SIMULATED_S, SEED = float(sys.argv[1]), int(sys.argv[2])


class Gap(ciw.dists.Distribution):
    def sample(self, t=None, ind=None):
        return random.randint(250, 1500) / 1000


class Pause(ciw.dists.Distribution):
    """What is left of the pause when an item comes to the front."""

    got_at_s = 0.0
    is_fast = False

    def sample(self, t=None, ind=None):
        # Nothing waited at the get before this item if it came only afterwards.
        waiting = 0
        if ind.arrival_date <= self.got_at_s:
            waiting = len(ind.simulation.nodes[1].all_individuals)
        if waiting > 5:
            self.is_fast = True
        elif waiting == 0:
            self.is_fast = False
        pause_ms = random.randint(200, 600) if self.is_fast else random.randint(1000, 2000)
        got_at_s = max(self.got_at_s + pause_ms / 1000, t)
        self.got_at_s = got_at_s
        return got_at_s - t


network = ciw.create_network(
    arrival_distributions=[Gap()], service_distributions=[Pause()], number_of_servers=[1]
)
ciw.seed(SEED)
simulation = ciw.Simulation(network)
start = time.process_time()
simulation.simulate_until_max_time(SIMULATED_S)
took_s = time.process_time() - start
records = simulation.get_all_records()
waited_s = sum(record.exit_date - record.arrival_date for record in records)
print(json.dumps({"took_s": took_s, "items": len(records), "mean_wait_s": waited_s / len(records)}))
