// What a reader can do with one figure: point at it, walk through it with keys, zoom, pan, play.

const LEAST_SPAN = 1e-5;
const views = [];
let lit = [];

// Marks the line of a listing that a slice was at; returns it where the page has it.
const light = where => {
	for (const one of lit) one.classList.remove("lp-here");
	const [, file, number] = (where || "").match(/^(.*):(\d+)$/) || [];
	lit = all(document, "[data-file]").map((code, i, list, data = code.dataset) => data.file == file
		&& all(code, ".line")[data.lines?.split(" ").indexOf(number) ?? number - data.line]).filter(one => one);
	for (const one of lit) one.classList.add("lp-here");
	return lit[0];
};

// The same moment in all figures of the page; null takes it away.
const moveCursors = ns => {
	for (const view of views) view.cursor(ns);
};

// figure: the element; data: as from decode.
const makeView = (figure, data) => {
	const drawing = figure.querySelector(".drawing");
	const box = html("div", { class: "lp-view", tabindex: 0, role: "application" });
	const bar = html("div", { class: "lp-bar", role: "group", "aria-label": "Timeline" });
	const keys = html("span", { class: "lp-keys", id: `${figure.id}-keys` }, "Arrows walk, Shift pans, + − zoom, 0 shows all, Space plays, Enter finds the line, Escape leaves");
	const readout = html("p", { class: "lp-readout" });
	const cache = new Map(), pointers = new Map();
	let shown = [0, 1], pointed = null, selected = null, playing = 0, svg = null, panels = [], pinch = 0, dragged = 0;

	// Panels of the drawing that is seen now: a phone's or a desk's, or the one that a slider shows.
	const current = () => {
		const seen = all(box, "svg").find(one => one.querySelector(".lp-panel") && one.getClientRects().length);
		if (seen && seen != svg) {
			svg = seen;
			if (!cache.has(svg)) {
				cache.set(svg, panelsOf(svg, data));
			}
			panels = cache.get(svg);
			selected = null;
		}
		return panels;
	};

	const isWhole = () => shown[0] <= 0 && shown[1] >= 1;
	const windowOf = panel => shown.map(part => panel.from + part * (panel.to - panel.from));

	const place = (panel, ns) => {
		const [from, to] = windowOf(panel);
		return ns < from || ns > to ? null : panel.left + (ns - from) / (to - from) * (panel.right - panel.left);
	};

	const clear = kind => {
		for (const one of all(box, kind)) one.remove();
	};

	const redraw = () => {
		current();
		clear(".lp-zoomed");
		box.classList.toggle("lp-in", !isWhole());
		if (!isWhole()) {
			const id = svg.getAttribute("aria-labelledby").replace("-title", "");
			for (const panel of panels) {
				drawPart(panel, data, id, ...windowOf(panel));
			}
		}
		bar.children[5].disabled = isWhole();
		cursor(pointed);
		outline();
	};

	// Zooms by a factor around a part of the figure, 0 to 1 of what is shown.
	const zoom = (factor, around = 0.5) => {
		const span = clamp((shown[1] - shown[0]) / factor, LEAST_SPAN, 1);
		const start = shown[0] + around * (shown[1] - shown[0] - span);
		show(start, span);
	};

	const show = (start, span) => {
		start = clamp(start, 0, 1 - span);
		shown = [start, start + span];
		redraw();
	};

	const pan = part => {
		show(shown[0] + part * (shown[1] - shown[0]), shown[1] - shown[0]);
	};

	const cursor = ns => {
		pointed = ns;
		current();
		clear(".lp-cursor");
		for (const panel of ns == null ? [] : panels) {
			const x = place(panel, ns), [from, to] = windowOf(panel);
			if (x == null) continue;
			line(panel.group, "lp-cursor", `M${x} ${panel.top - 3}V${panel.bottom}`);
			if (panel.timed) label(panel.group, clamp(x, panel.left + 30, panel.right - 30), panel.bottom + 14, moment(ns, to - from, to), "lp-cursor lp-halo");
		}
	};

	const outline = () => {
		clear(".lp-selected");
		if (!selected) return;
		const { panel, at, row, slice } = selected, [from, to] = windowOf(panel);
		if (slice.to < from || slice.from > to) return;
		const x = place(panel, Math.max(from, slice.from)), end = place(panel, Math.min(to, slice.to));
		const one = at.rows.length < 2, share = one ? Math.min(28, at.bottom - at.top) : (at.bottom - at.top) / at.rows.length;
		const top = one ? at.bottom - share : at.top + at.rows.indexOf(row) * share;
		draw(panel.group, "rect", { class: "lp-selected", x: x - 1.5, y: top + 1, width: end - x + 3, height: share - 2 });
	};

	// Says what was found and marks it; spoken where the keyboard asked.
	const select = (found, spoken) => {
		selected = found;
		readout.ariaLive = spoken ? "polite" : "off";
		fill(readout, 0, found ? describe(data, found.row, found.slice) : "");
		light(found?.slice.kind[3]);
		outline();
	};

	// What lies under a point of the window: { panel, at, row, slice, ns }, the last only of what is there.
	const under = event => {
		current();
		const frame = svg.getBoundingClientRect(), unit = svg.viewBox.baseVal.width / frame.width;
		const x = (event.clientX - frame.x) * unit, y = (event.clientY - frame.y) * unit;
		const panel = panels.find(one => y >= one.top - 20 && y <= one.bottom + 20) || panels[0];
		if (!panel) return {};
		const [from, to] = windowOf(panel), part = (x - panel.left) / (panel.right - panel.left);
		const found = { panel, unit, part: clamp(part, 0, 1) }, ns = from + part * (to - from);
		if (part < 0 || part > 1) return found;
		found.ns = ns;
		found.at = panel.places.find(one => y >= one.top && y < one.bottom && one.rows.length);
		if (found.at) {
			const rows = found.at.rows;
			found.row = rows[Math.floor((y - found.at.top) / (found.at.bottom - found.at.top) * rows.length)];
			const slice = found.row.slices[sliceAt(found.row, found.ns)];
			if (slice.from <= found.ns && found.ns <= slice.to) found.slice = slice;
		}
		return found;
	};

	const hover = event => {
		const found = under(event);
		if (playing) return found;
		moveCursors(found.ns);
		select(found.slice ? found : null);
		return found;
	};

	// The slice before or after, or of the lane above or below at the same time.
	const walk = (sideways, down = 0) => {
		const found = current().flatMap(panel => panel.places.flatMap(at => at.rows.map(row => ({ panel, at, row }))));
		if (!found.length) return;
		let index = found.findIndex(one => selected && one.row == selected.row && one.panel == selected.panel);
		let next = 0;
		if (index < 0) {
			index = 0;
			next = sliceAt(found[0].row, windowOf(found[0].panel)[0]);
		} else {
			index = clamp(index + down, 0, found.length - 1);
			const row = found[index].row, middle = (selected.slice.from + selected.slice.to) / 2;
			next = down ? sliceAt(row, middle) : row.slices.indexOf(selected.slice) + sideways;
			next = clamp(next, 0, row.slices.length - 1);
		}
		const { panel, row } = found[index], slice = row.slices[next], [from, to] = windowOf(panel);
		if (slice.to <= from || slice.from >= to) {
			const span = shown[1] - shown[0];
			show(((slice.from + slice.to) / 2 - panel.from) / (panel.to - panel.from) - span / 2, span);
		}
		select({ ...found[index], slice }, true);
		moveCursors(Math.max(slice.from, windowOf(panel)[0]));
	};

	// Lets the timeline unfold: in real time where that takes some seconds, else slower or faster, and says how much.
	const play = () => {
		if (playing) return stop();
		const longest = current().reduce((one, other) => one.to > other.to ? one : other), [from, to] = windowOf(longest);
		const real = (to - from) / 1e6, lasts = clamp(real, 4000, 20000), rate = lasts / real;
		const speed = rate == 1 ? "in real time" : `${+Math.max(rate, 1 / rate).toPrecision(2)} times ${rate > 1 ? "slow" : "fast"}er`;
		select();
		fill(readout, 0, `Playing ${speed}`);
		fill(bar.firstChild, 0, "Pause");
		let begin = 0;
		const step = now => {
			begin ||= now;
			let part = Math.min(1, (now - begin) / lasts);
			// whoever wants less motion sees ten pictures
			if (matchMedia("(prefers-reduced-motion: reduce)").matches) part = Math.floor(part * 10) / 10;
			const ns = from + part * (to - from);
			clear(".lp-veil");
			for (const panel of panels) {
				const x = place(panel, ns) ?? (ns < windowOf(panel)[0] ? panel.left : panel.right);
				draw(panel.group, "rect", { class: "lp-veil", x, y: panel.top - 5, width: panel.right - x + 2, height: panel.bottom - panel.top + 6 });
			}
			moveCursors(ns);
			if (part < 1) playing = requestAnimationFrame(step);
			else stop();
		};
		playing = requestAnimationFrame(step);
	};

	const stop = () => {
		cancelAnimationFrame(playing);
		playing = 0;
		fill(bar.firstChild, 0, "Play");
		fill(readout, 0, "");
		clear(".lp-veil");
	};

	const leave = () => {
		stop();
		select();
		moveCursors();
	};

	const whole = () => show(0, 1);
	for (const [text, words, action] of [["Play", "", play], ["+", "Nearer", () => zoom(2)], ["−", "Farther", () => zoom(0.5)], ["←", "Earlier", () => pan(-0.25)], ["→", "Later", () => pan(0.25)], ["All", "Show all", whole]]) {
		const button = html("button", words && { "aria-label": words }, text);
		button.onclick = action;
		bar.append(button);
	}

	const onKey = {
		ArrowRight: event => event.shiftKey ? pan(0.25) : walk(1), ArrowLeft: event => event.shiftKey ? pan(-0.25) : walk(-1),
		ArrowDown: () => walk(0, 1), ArrowUp: () => walk(0, -1), Home: () => walk(-1e9), End: () => walk(1e9),
		"+": () => zoom(2, middle()), "=": () => zoom(2, middle()), "-": () => zoom(0.5, middle()), "0": whole, " ": play,
		Enter: () => {
			const line = light(selected?.slice.kind[3]);
			(line?.closest("details") || {}).open = 1;
			line?.scrollIntoView({ block: "center" });
		},
		Escape: () => { leave(); box.blur(); },
	};

	// Where the cursor is in what is shown: keys zoom around it.
	const middle = () => {
		const [from, to] = windowOf(panels[0]);
		return pointed == null ? 0.5 : clamp((pointed - from) / (to - from), 0, 1);
	};
	box.onkeydown = event => {
		if (event.ctrlKey || event.altKey || event.metaKey || !onKey[event.key]) return;
		event.preventDefault();
		onKey[event.key](event);
	};
	box.onblur = leave;
	// The page scrolls as ever unless the figure was chosen or Ctrl is held.
	box.onwheel = event => {
		if (!event.ctrlKey && document.activeElement != box) return;
		event.preventDefault();
		const sideways = event.shiftKey ? event.deltaY : event.deltaX;
		if (event.shiftKey || Math.abs(sideways) > Math.abs(event.deltaY)) pan(sideways / 800);
		else zoom(2 ** (-event.deltaY / 200), under(event).part);
		hover(event);
	};

	// How far apart two fingers are, and what is half way between them.
	const spread = () => {
		const [one, other] = pointers.values();
		return [Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) + 1, { clientX: (one.clientX + other.clientX) / 2, clientY: one.clientY }];
	};
	box.onpointerdown = event => {
		pointers.set(event.pointerId, event);
		dragged = 0;
		if (pointers.size == 2) pinch = spread()[0];
	};
	box.onpointermove = event => {
		const before = pointers.get(event.pointerId);
		if (!before) return void hover(event);
		pointers.set(event.pointerId, event);
		if (pointers.size == 2) {
			const [now, between] = spread();
			zoom(now / pinch, under(between).part);
			pinch = now;
		} else if (isWhole()) {
			hover(event);
		} else {
			const moved = event.clientX - before.clientX, { panel, unit } = under(event);
			dragged += Math.abs(moved);
			if (panel) pan(-moved * unit / (panel.right - panel.left));
		}
		if (dragged > 4) box.setPointerCapture(event.pointerId);
	};
	box.onpointerup = box.onpointercancel = event => {
		if (pointers.delete(event.pointerId) && event.type == "pointerup" && dragged < 5) hover(event);
	};
	box.onpointerleave = event => {
		pointers.delete(event.pointerId);
		if (document.activeElement != box && event.pointerType == "mouse" && !playing) leave();
	};

	const list = drawing.querySelector(".lp-points");
	box.append(...list ? [list] : drawing.childNodes);
	fill(box, { "aria-label": box.querySelector("svg title").textContent, "aria-describedby": keys.id });
	drawing.append(box, bar, readout);
	bar.append(keys);
	figure.classList.add("lp-live");
	const view = { cursor, redraw, whole, leave };
	views.push(view);
	new ResizeObserver(() => svg?.getClientRects().length || redraw()).observe(drawing);
	redraw();
	return view;
};
