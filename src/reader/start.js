// Makes what is in the page come alive.
for (const figure of all(document, ".figure")) {
	const stored = figure.querySelector(".lp-stored"), list = figure.querySelector(".lp-points");
	let changed = () => {};
	const show = list && makeSlider(list, () => changed());
	const begin = data => {
		const view = makeView(figure, decode(data));
		changed = () => { view.leave(); view.redraw(); };
	};
	const src = stored?.dataset.src;
	if (src) {
		// Its data are a file, which is loaded once the figure is about to be seen.
		new IntersectionObserver(([seen], watch) => {
			if (!seen.isIntersecting) return;
			watch.disconnect();
			const file = html("script", { src });
			file.onload = () => begin(file.json);
			figure.append(file);
		}, { rootMargin: "100%" }).observe(figure);
	} else if (stored) {
		begin(JSON.parse(stored.textContent));
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
