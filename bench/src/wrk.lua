-- The load of one run, for wrk with one thread. Arguments after "--": events per request, the first request's number,
-- how many answers end the run (0: only the time does), for how many milliseconds a connection pauses before a request, and
-- the token that is shown, if any.
--
-- Every event carries a number of its own in "n", of ten digits whatever its value, so that the length of a request
-- never changes and the sink can be asked whether each event is there once.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int signal);")
local SIGINT = 2

local event = '{"n":%s,"kind":"order.paid","user":"u-48213","amount":42.5,"currency":"EUR",'
  .. '"at":"2026-01-15T09:30:00.000Z"}'

local fragments = {}
local request_number
local answers_left
local pause_ms

local function compile(events_per_request, token)
  local index_digits = #tostring(events_per_request) - 1
  local bodies = {}
  for index = 0, events_per_request - 1 do
    local suffix = index_digits > 0 and string.format("%0" .. index_digits .. "d", index) or ""
    bodies[#bodies + 1] = string.format(event, "\0" .. suffix)
  end
  local body = table.concat(bodies, ",")
  if events_per_request > 1 then body = "[" .. body .. "]" end

  local number_digits = 10 - index_digits
  local length = #body + events_per_request * (number_digits - 1)
  local shown = token and token ~= "" and "\r\nAuthorization: Bearer " .. token or ""
  local text = "POST /events HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. shown
    .. "\r\nContent-Type: application/json\r\nContent-Length: " .. length .. "\r\n\r\n" .. body

  -- The request's number goes into every second place.
  for fragment in (text .. "\0"):gmatch("(.-)%z") do
    fragments[#fragments + 1] = fragment
    fragments[#fragments + 1] = ""
  end
  fragments[#fragments] = nil
  return math.pow(10, number_digits - 1)
end

function init(arguments)
  local smallest = compile(tonumber(arguments[1]), arguments[5])
  request_number = smallest + tonumber(arguments[2])
  answers_left = tonumber(arguments[3])
  -- Only a run with a number of answers pays for counting them.
  if answers_left > 0 then response = count_down end
  pause_ms = tonumber(arguments[4])
  if pause_ms > 0 then delay = pause end
end

function request()
  local number = string.format("%d", request_number)
  request_number = request_number + 1
  for place = 2, #fragments, 2 do fragments[place] = number end
  return table.concat(fragments)
end

function count_down()
  answers_left = answers_left - 1
  if answers_left == 0 then
    wrk.thread:stop()
    -- The main thread sleeps until the time is over; a signal wakes it.
    ffi.C.kill(ffi.C.getpid(), SIGINT)
  end
end

function pause()
  return pause_ms
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,'
      .. '"refused":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
