// Turns the small multiples of a sweep into one figure that flips through them. Shows what was measured, nothing between.
const makeSlider = (list, changed) => {
	const points = all(list, ".lp-point"), row = html("p", { class: "lp-slider" });
	const id = `${list.id}-value`, input = html("input", { type: "range", id, min: 0, max: points.length - 1, step: 1, value: 0 });
	const said = html("output", { for: id, class: "lp-said" });
	row.append(html("label", { for: id }, list.dataset.sweep), input, said);
	const dots = all(list.parentNode, "[data-dot]");
	const show = () => {
		points.forEach((point, index) => point.hidden = index != input.value);
		const text = points[input.value].firstChild.textContent;
		input.ariaValueText = text;
		fill(said, 0, text);
		for (const dot of dots) dot.classList.toggle("lp-now", dot.dataset.dot == input.value);
		changed();
	};
	list.classList.add("lp-flip");
	list.before(row);
	input.oninput = show;
	return show;
};
