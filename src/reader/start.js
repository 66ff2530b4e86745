// Makes what is in the page come alive.
for (const figure of all(document, ".figure")) {
	const stored = figure.querySelector(".lp-stored"), list = figure.querySelector(".lp-points");
	let changed = () => {};
	const show = list && makeSlider(list, () => changed());
	if (stored) {
		const view = makeView(figure, decode(stored.textContent));
		changed = () => { view.leave(); view.redraw(); };
	}
	if (show) show();
}
// What is printed is the figure as it was made.
addEventListener("beforeprint", () => {
	for (const view of views) {
		view.leave();
		view.whole();
	}
});
