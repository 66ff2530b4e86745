// What the page holds of a figure: the JSON that timeline/reader_data.lua wrote, and where its drawing has drawn it.

const SVG = "http://www.w3.org/2000/svg";

const fill = (made, attributes, text) => {
	for (const key in attributes) made.setAttribute(key, attributes[key]);
	if (text != null) made.textContent = text;
	return made;
};
const html = (name, attributes, text) => fill(document.createElement(name), attributes, text);

// Adds an element to a drawing.
const draw = (group, name, attributes, text) => {
	const made = fill(document.createElementNS(SVG, name), attributes, text);
	group.append(made);
	return made;
};
const line = (group, kind, d) => draw(group, "path", { class: kind, d });
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const all = (root, selector) => [...root.querySelectorAll(selector)];

// Rows as lists of slices { from, to, kind } with times in ns; kind is what the data say of it, nothing where it is free.
const decode = data => {
	for (const panel of data.p) {
		panel.rows = new Map();
		panel.i.forEach((key, index) => {
			const list = panel.l[index], slices = [];
			let at = list[0];
			for (let i = 1; i < list.length; i += 2) {
				const to = at + list[i], kind = data.k[list[i + 1]];
				if (kind) slices.push({ from: at * data.u, to: to * data.u, kind });
				at = to;
			}
			panel.rows.set(key, { index, name: panel.n[index], slices });
		});
	}
	return data;
};

// The slice of a row at a time, or the one before it.
const sliceAt = (row, ns) => {
	let low = 0, high = row.slices.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (row.slices[middle].from <= ns) low = middle;
		else high = middle - 1;
	}
	return low;
};

const numbers = text => (text || "").split(" ").map(Number);

// The panels of a drawing, each with its place and its rows: { top, bottom, rows } of the lanes that stand there.
const panelsOf = (svg, data) => {
	const first = +(svg.closest("[data-index]")?.getAttribute("data-index") || 0);
	return all(svg, ".lp-panel[data-lanes]").map(group => {
		const set = group.dataset, told = data.p[first + +group.getAttribute("data-panel")];
		const places = (list, prefix) => (list ? list.split(",") : []).map(one => {
			const [keys, top, bottom] = one.split(" ");
			const rows = keys.split("+").map(key => told.rows.get(prefix + key)).filter(row => row && row.slices.length);
			return { top: +top, bottom: +bottom, rows, lock: prefix };
		});
		const [from, to] = numbers(set.ns), [left, right] = numbers(set.x), [top, bottom] = numbers(set.y);
		const all = places(set.lanes, "").concat(places(set.locks, "l"));
		return { group, told, from, to, left, right, top, bottom, places: all, plot: group.querySelector(".lp-plot"), timed: group.querySelector(".lp-ticks") };
	}).filter(panel => panel.told && panel.plot);
};

// "chicken: waiting for a lock 123 ms, waits for chef, held by potatoes, at roast.c:22, from 1 ms to 124 ms"
const describe = (data, row, slice) => {
	const length = duration(slice.to - slice.from), [state, , words, where] = slice.kind;
	let said = "";
	if (state < 0) {
		const parts = [];
		for (let i = 1; i < slice.kind.length; i += 2) parts.push(`${data.s[slice.kind[i]][0]} ${slice.kind[i + 1]} %`);
		said = `${length}, of it ${parts.join(", ")}`;
	} else {
		said = `${data.s[state][0]} ${length}`;
	}
	return `${row.name}: ${said}${words ? ", " + words : ""}${where ? ", at " + where : ""}, from ${duration(slice.from)} to ${duration(slice.to)}`;
};
