// Draws a part of a panel larger, from the page's data, with the classes of its style sheet.

const LETTER = 6.6;
const MOST = 80; // labels of a row, arrows of a panel

const label = (group, x, y, text, kind, anchor = "middle") => draw(group, "text", { x, y, class: kind, "text-anchor": anchor }, text);

const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;

// The longest of the texts that fits.
const fitting = (texts, room) => texts.find(text => text && text.length * LETTER <= room);

// One row of slices around y, `mass` high where there is work.
const drawRow = (group, view, row, y, mass, labels) => {
	const { data, position, from, to, id } = view, paths = new Map(), wait = Math.round(mass * 0.7);
	const add = (state, d) => paths.set(state, (paths.get(state) || "") + d);
	let left = MOST;
	for (let i = Math.max(0, sliceAt(row, from)); i < row.slices.length && row.slices[i].from < to; i++) {
		const slice = row.slices[i], x = position(slice.from), width = position(slice.to) - x, kind = slice.kind;
		if (width <= 0) continue;
		const [state, what, words] = kind;
		if (state < 0) {
			let floor = y + mass / 2;
			for (let k = 1; k < kind.length; k += 2) {
				const height = mass * kind[k + 1] / 100;
				if (data.s[kind[k]][2]) add(kind[k], box(x, floor -= height, width, height));
			}
			continue;
		}
		const [key, , shape, , on] = data.s[state], w = Math.max(0.7, width), length = duration(slice.to - slice.from);
		const high = shape > 2 ? mass : shape > 1 ? wait : wait - 1;
		add(state, shape ? box(x, y - high / 2, w, high) : `M${x} ${y}h${w}`);
		const text = labels && width > 24 && left-- > 0 && fitting([words && `${words} ${length}`, what && `${what} ${length}`, `${key} ${length}`, length], width - 12);
		if (text) labels.push([x + width / 2, y + 4.25, text, on]);
	}
	for (const [state, d] of paths) {
		const [, kind, , pattern] = data.s[state];
		draw(group, "path", { class: kind, d, ...pattern && { fill: `url(#${id}-${pattern})` } });
	}
};

const drawArrows = (group, view, panel, at) => {
	const inside = panel.told.a.filter(([, , start, , end]) => start * view.data.u >= view.from && end * view.data.u <= view.to);
	if (inside.length > MOST) return;
	for (const [kind, one, start, other, end] of inside) {
		const from = at.get(one), to = at.get(other);
		if (!from || !to) continue;
		const down = to.y > from.y ? 1 : -1, x = view.position(end * view.data.u), tip = to.y - down * to.mass / 2;
		line(group, kind, `M${view.position(start * view.data.u)} ${from.y + down * from.mass / 2}L${x} ${tip - down * 4}`);
		line(group, `${kind}-head`, `M${x - 3} ${tip - down * 5}h6l-3 ${down * 5}z`);
	}
};

const drawNamed = (group, view, panel, at) => {
	const { position, data, from, to } = view, u = data.u;
	for (const [row, start, length] of panel.told.c) {
		const place = at.get(row), x = position(start * u), end = position((start + length) * u);
		if (place && end > x) line(group, "lp-path", `M${x} ${place.y + place.mass / 2 + 2}H${end}`);
	}
	for (const [row, start, length, name, level] of panel.told.x) {
		const place = at.get(row), x = position(start * u), end = position((start + length) * u);
		if (!place || end - x < 2) continue;
		const y = place.y - place.mass / 2 - 3 - (level + 0.5) * 13;
		if (y < place.top) continue;
		const text = fitting([`${name} ${duration(length * u)}`, name], end - x - 12);
		const gap = text ? `H${x + 4}m${text.length * LETTER + 4} 0` : "";
		line(group, "lp-span", `M${x + 0.5} ${y + 3.5}v-3.5${gap}H${end - 0.5}v3.5`);
		if (text) label(group, x + 6, y + 3.5, text, "lp-span-name", "start");
	}
	for (const [row, moment, name] of panel.told.m) {
		const place = at.get(row), x = position(moment * u);
		if (!place || moment * u < from || moment * u > to) continue;
		const top = place.y - place.mass / 2 - 2;
		line(group, "lp-flag", `M${x} ${place.y + place.mass / 2}V${top}l5 2.5l-5 2.5`);
		if (x + 8 + name.length * LETTER < panel.right) label(group, x + 8, place.y + 4.25, name, "lp-mark", "start");
	}
};

// Adds to a panel a group with what happened between two times; id: the drawing's, for its patterns.
const drawPart = (panel, data, id, from, to) => {
	const scale = (panel.right - panel.left) / (to - from);
	const position = ns => Math.round((panel.left + (clamp(ns, from, to) - from) * scale) * 100) / 100;
	const view = { data, position, from, to, id }, labels = [], group = draw(panel.group, "g", { class: "lp-zoomed" });
	const marks = ticks(from, to, panel.right - panel.left > 400 ? 8 : 3);
	panel.plot.after(group);
	line(group, "lp-grid", marks.map(ns => `M${position(ns)} ${panel.top}V${panel.bottom}`).join(""));
	line(group, "lp-axis", `M${panel.left} ${panel.bottom}H${panel.right}`);
	for (const ns of panel.timed ? marks : []) {
		const x = position(ns), end = x > panel.right - 30;
		label(group, end ? panel.right : x, panel.bottom + 14, moment(ns, (marks[1] - marks[0]) * 200, to), "lp-tick", end ? "end" : "middle");
	}
	const pitch = Math.min(28, ...panel.places.filter(place => !place.lock).map(place => place.bottom - place.top)), at = new Map();
	for (const place of panel.places) {
		const count = place.rows.length, high = place.lock ? place.bottom - place.top - 2 : Math.round(pitch * 0.7);
		const all = count > 1 ? place.bottom - place.top - 2 : high;
		const middle = place.lock || count > 1 ? (place.top + place.bottom) / 2 : place.bottom - pitch / 2;
		place.rows.forEach((row, index) => {
			const mass = all / count, y = middle - all / 2 + (index + 0.5) * mass;
			at.set(row.index, { y, mass, top: place.top });
			drawRow(group, view, row, y, mass, pitch > 20 && count == 1 && labels);
		});
	}
	drawArrows(group, view, panel, at);
	for (const one of labels) label(group, ...one);
	drawNamed(group, view, panel, at);
	const finish = panel.told.f * data.u;
	if (finish >= from && finish <= to) line(group, "lp-finish", `M${position(finish)} ${panel.top - 5}V${panel.bottom}`);
};
