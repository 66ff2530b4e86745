// Says times. Knows no figure.
const UNITS = [["min", 6e10], ["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]];

const unitOf = ns => UNITS.find(([name, size]) => ns >= (name == "min" ? 2 * size : size)) || UNITS[4];

// "724 ms", three significant digits.
const duration = ns => {
	const [name, size] = unitOf(ns), value = ns / size;
	return `${value >= 100 || size == 1 ? Math.round(value) : value.toPrecision(3)} ${name}`;
};

// A moment, as fine as it can be told apart in a stretch of `span` ns up to `end`.
const moment = (ns, span, end) => {
	const [name, size] = unitOf(end / 10), places = Math.max(0, Math.ceil(Math.log10(size / span * 200)));
	return `${(ns / size).toFixed(Math.min(places, Math.round(Math.log10(size))))} ${name}`;
};

// Round moments in a stretch, at most `most` of them.
const ticks = (from, to, most) => {
	const raw = (to - from) / most, power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= raw * 0.999);
	const found = [];
	for (let n = Math.ceil(from / step); n * step <= to; n++) found.push(n * step);
	return found;
};
