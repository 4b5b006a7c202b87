-- Walks through the addresses of a file, one a line, and tells as one line of JSON how it went:
--   wrk -t2 -c8 -d10s --latency -s scripts/bench_search.lua http://127.0.0.1:8080 -- ADDRESSES

local threads = 0

-- Threads begin at different places, so that they do not ask the same at the same time.
function setup(thread)
  thread:set("place", threads * 100)
  threads = threads + 1
end

local requests = {}

function init(arguments)
  for address in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", address)
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "per_second": %.1f, "p50": %.2f, "p99": %.2f, "failed": %d}\n',
    summary.requests,
    summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
