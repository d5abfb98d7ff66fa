//! What `--help` says after the options.

pub(super) const SIMULATE: &str = "\
Without options it is the system of `forebay demo`: a producer that puts an item every 250 to 1500 ms,
and a consumer that pauses for 1000 to 2000 ms, or, from a length above 5 until the queue is empty,
for 200 to 600 ms. 32 runs of 24 hours take a moment.

TIMES is a distribution of times:
  250ms..1500ms             whole milliseconds, each equally likely, both ends included
  continuous:250ms..1500ms  any time of the range
  const:400ms or 400ms      always the same
  exp:1.5s                  exponential, by its mean
  lognormal:1.5s:0.8        lognormal, by its mean and its coefficient of variation
  gamma:1.5s:0.5            gamma, likewise

--controller takes settings after its name, as in proportional:drain_within=2s,tolerance=0.1:
  proportional  drain_within tolerance down_after
  delay         target interval down_after
  aimd          interval failures_max service_time_max decrease
  gradient      interval tolerance failures_max
  combined      demand (proportional, delay), ceiling (gradient, aimd), probe_after, and theirs
aimd, gradient and combined go up on work that they see under way: say --service or --per-item.

Examples:
  forebay simulate
  forebay simulate --for 60s --seed 3 --plot out.svg      # look at it
  forebay simulate --engage 20 --release 2 --fast exp:300ms
  forebay simulate --arrivals bursts:20:0.5:30s:5min --capacity 1000 --when-full drop-oldest
  forebay simulate --replay access.log --format access-log --plot day.png
  forebay simulate --arrivals exp:1s --slow 0 --service exp:0.8s \\
                   --controller fixed --style get-then-serve   # M/M/1
  forebay simulate --arrivals exp:100ms --slow 0 --fast 0 --service exp:300ms --workers 1:8 \\
                   --controller combined --style get-then-serve --for 1h
  forebay simulate sweep --engage 1..20 --fast 200ms..600ms --plot map.svg
  forebay simulate plan --p99-wait 4s

Ctrl-C prints what is done so far.";

pub(super) const SWEEP: &str = "\
A range on --engage, --release, --times, --slow, --fast, --service, --workers, --batch or --capacity
is an axis of the grid:
  1..20             every whole number, both ends included (20 of them where there are more than 50)
  200ms..600ms      means, 9 of them; the shape stays that of the system
  exp:200ms..600ms  the same with another shape
  200ms..600ms/5    so many values
  1,2,5,10          these values
A single distribution is written with its name here: uniform:200ms..600ms.
Every point sees the same arrivals, run for run: differences come from the setting.

Examples:
  forebay simulate sweep --engage 1..20 --fast 200ms..600ms --plot map.svg
  forebay simulate sweep --times 0.5..3/11 --show mean_length
  forebay simulate sweep --workers 1,2,4,8 --arrivals exp:100ms --service exp:300ms --slow 0 \\
                         --controller fixed --style get-then-serve";

pub(super) const PLAN: &str = "\
It looks for --engage, --release and the mean of --fast (and up to --workers-max workers); all other
options stay as they are said. The cheapest setting is the one that presses the sink least: how
many items a second the consumer stands ready to take when it takes one, on average over the items.
Among those within 1 % of it, the one with the fewest workers, then the slowest fast gear, then the fewest
shifts. What it finds is simulated again with numbers it has not seen. Exit code 1: none was found.

Examples:
  forebay simulate plan --p99-wait 4s
  forebay simulate plan --mean-length 3 --shifts-per-hour 300
  forebay simulate plan --p95-wait 1s --arrivals exp:100ms --slow 150ms --fast 50ms --for 20min";
