# What is wrong with a file in the Trace Event Format, a line each; nothing for one that keeps the rules.

def told($what): $what + ": " + (tojson | .[0:200]);

# Microseconds with at most three decimals → whole nanoseconds.
def ns: . * 1000 | round;

def is_time: type == "number" and . >= 0 and ((. * 1000 - (. * 1000 | round)) | fabs) < 0.001;

# Each by itself: a phase that we know, the fields it must have, in their types.
def malformed:
	if type != "object" then told("no object")
	else
		(select(.ph | IN("M", "X", "s", "f", "i") | not) | told("unknown phase")),
		(select((.name | type != "string" or . == "") or (.pid | type != "number") or (.tid | type != "number")) | told("name, pid or tid")),
		(select(.ts | is_time | not) | told("ts")),
		(select(.ph == "X") | select((.dur | is_time | not) or (.cat | type != "string")) | told("X without a good dur and cat")),
		(select(.ph == "i") | select(.s | IN("t", "p", "g") | not) | told("i without its scope")),
		(select(.ph == "s" or .ph == "f") | select((.id | type != "number") or (.cat | type != "string")) | told("flow without id and cat")),
		(select(.ph == "f") | select(.bp != "e") | told("f that does not bind to what encloses it")),
		(select(.ph == "M") | select(
			(if .name | endswith("_name") then .args.name | type != "string" or . == ""
			else (.name | endswith("_sort_index")) and (.args.sort_index | type == "number") | not end)) | told("metadata")),
		(select((.args // {}) | type != "object") | told("args"))
	end;

# On each track a slice that begins in another ends in it, too.
def badly_nested:
	[.traceEvents[] | select(.ph == "X")] | group_by([.pid, .tid])[] |
	reduce .[] as $one ({open: [], wrong: []};
		($one.ts | ns) as $start | ($start + ($one.dur | ns)) as $until |
		until((.open | length) == 0 or .open[-1] > $start or (.open[-1] == $start and $until == $start); .open |= .[:-1]) |
		if (.open | length) > 0 and $until > .open[-1] then .wrong += [$one | told("overlaps what began before it")] else . end |
		.open += [$until]) |
	.wrong[];

# Slices of each track, as sorted by start, for looking up what is open at a time.
def tracks: reduce (.traceEvents[] | select(.ph == "X")) as $one ({};
	.["\($one.pid) \($one.tid)"] += [[($one.ts | ns), ($one.ts | ns) + ($one.dur | ns)]]);

def unbound:
	tracks as $tracks |
	.traceEvents[] | select(.ph == "s" or .ph == "f") | (.ts | ns) as $at |
	select([$tracks["\(.pid) \(.tid)"][]? | select(.[0] <= $at and $at < .[1])] == []) | told("flow end in no slice");

def unpaired:
	[.traceEvents[] | select(.ph == "s" or .ph == "f")] | group_by([.cat, .name, .id])[] |
	select(length != 2 or .[0].ph != "s" or .[1].ph != "f" or .[0].ts > .[1].ts) | told("flow that is no pair, or runs backwards");

def unsorted:
	[.traceEvents[] | select(.ph != "M") | .ts] | select(. != sort) | "events are not in the order of time";

# A tid belongs to one process, and every track that has events has a name.
def unnamed:
	([.traceEvents[] | select(.name == "thread_name") | .tid] | group_by(.)[] | select(length > 1) | "tid \(.[0]) is named twice"),
	([.traceEvents[] | select(.name == "thread_name") | [.pid, .tid]] as $named |
	[.traceEvents[] | select(.ph != "M") | [.pid, .tid]] | unique - $named | .[] | told("track without a name")),
	([.traceEvents[] | select(.name == "process_name") | .pid] as $named |
	[.traceEvents[] | select(.ph != "M") | .pid] | unique - $named | .[] | told("process without a name"));

if (.traceEvents | type) != "array" or (.displayTimeUnit | IN("ms", "ns") | not) or (.otherData | type) != "object" then "no trace"
else
	[.traceEvents[] | malformed] as $malformed |
	if $malformed != [] then $malformed[] else badly_nested, unbound, unpaired, unsorted, unnamed end
end
