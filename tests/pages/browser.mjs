// Pages as people meet them in a browser: with a screen reader, by keyboard, in either colour scheme, in the system's own
// colours, with text twice as large, printed. Each check returns a list of what is wrong.
import axe from "axe-core";
import { chromium } from "playwright-core";
import { inflateSync } from "node:zlib";

export const SCHEMES = ["light", "dark"];
export const WIDTHS = [320, 1280];

// Debian's own browser, which may be asked at `port` too; nothing is downloaded.
export function open(port) {
	return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		`--remote-debugging-port=${port}`] });
}

async function visit(browser, address, options, look) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
	try {
		const page = await context.newPage(), wrong = [];
		page.on("console", said => ["error", "warning"].includes(said.type()) && wrong.push(`console: ${said.text()}`));
		page.on("pageerror", thrown => wrong.push(`script: ${thrown.message}`));
		page.on("requestfailed", one => wrong.push(`not loaded: ${one.url()}`));
		await page.goto(address, { waitUntil: "load" });
		return wrong.concat(await look(page));
	} finally {
		await context.close();
	}
}

// All of axe's rules, best practices too, with everything disclosed.
export function accessible(browser, address, scheme, width) {
	return visit(browser, address, { colorScheme: scheme, viewport: { width, height: 900 }, reducedMotion: "reduce" }, async page => {
		await page.evaluate(() => document.querySelectorAll("details").forEach(one => { one.open = true; }));
		await page.evaluate(axe.source);
		const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations", "passes"] }));
		if (passes.length < 10) throw new Error(`axe looked at hardly anything of ${address}: ${passes.length} rules`);
		return violations.flatMap(rule => rule.nodes.map(node => `axe ${rule.id} (${rule.impact}): ${rule.help}: ${node.target.join(" ")}: `
			+ `${node.any.concat(node.all, node.none).map(one => one.message).join("; ")}`));
	});
}

// What is wider than the window, at this width, with text enlarged so many times. Boxes that scroll by themselves may hold more.
export function fits(browser, address, width, zoom = 1) {
	return visit(browser, address, { viewport: { width, height: 900 } }, page => page.evaluate(zoom => {
		document.documentElement.style.fontSize = `${zoom * 100}%`;
		document.querySelectorAll("details").forEach(one => { one.open = true; });
		const root = document.documentElement, wrong = [];
		const scrolls = element => {
			for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
				if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true;
			return false;
		};
		if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} wide`);
		for (const element of document.body.querySelectorAll("*")) {
			const box = element.getBoundingClientRect();
			if (box.width > 0 && box.right > root.clientWidth + 1 && !element.closest("svg") && !scrolls(element)
				&& getComputedStyle(element).visibility === "visible")
				wrong.push(`reaches to ${Math.round(box.right)}: ${element.localName}.${element.className}`);
		}
		return wrong.slice(0, 5).map(one => `${one}, text × ${zoom}`);
	}, zoom));
}

// Tab from the top to the end: each stop is seen, bears a visible mark of focus, and comes in the order of the document;
// each figure has one.
export function walks(browser, address) {
	return visit(browser, address, { reducedMotion: "reduce" }, async page => {
		// Figures whose data are files come alive when they are near.
		await page.evaluate(async () => {
			for (const figure of document.querySelectorAll(".figure:has(.lp-stored)")) {
				if (!figure.checkVisibility()) continue;
				figure.scrollIntoView({ behavior: "instant" });
				for (let i = 0; i < 100 && !figure.matches(".lp-live"); i++) await new Promise(done => setTimeout(done, 20));
			}
			scrollTo({ top: 0, behavior: "instant" });
		});
		const expected = await page.evaluate(() => {
			const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
				.filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }));
			stops.forEach((one, i) => { one.dataset.stop = i; });
			return stops.length;
		});
		const wrong = [], seen = [];
		for (let i = 0; i < expected + 1; i++) {
			await page.keyboard.press("Tab");
			const at = await page.evaluate(() => {
				const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
				return { stop: one.dataset.stop, name: `${one.localName}.${one.className?.baseVal ?? one.className}`,
					figure: one.closest(".figure")?.id, marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
					seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight };
			});
			if (at.stop === undefined) break;
			if (!at.marked) wrong.push(`focus cannot be seen: ${at.name}`);
			if (!at.seen) wrong.push(`focus is outside of the window: ${at.name}`);
			if (seen.length > 0 && Number(at.stop) <= Number(seen.at(-1).stop)) wrong.push(`focus jumps back to ${at.name}`);
			seen.push(at);
		}
		// Of buttons of one choice only one is a stop.
		const left = await page.evaluate(stops => [...document.querySelectorAll("[data-stop]")].filter(one =>
			!stops.includes(one.dataset.stop) && one.type !== "radio").map(one => `${one.localName}.${one.className?.baseVal ?? one.className}`),
		seen.map(one => one.stop));
		wrong.push(...left.map(name => `is no stop: ${name}`));
		const figures = await page.evaluate(() => [...document.querySelectorAll(".figure")].filter(one => one.checkVisibility()).map(one => one.id));
		const without = figures.filter(id => !seen.some(one => one.figure === id));
		return wrong.concat(without.map(id => `figure without a stop: ${id}`));
	});
}

// What a page says of itself to those who do not see it.
export function outline(browser, address) {
	return visit(browser, address, { javaScriptEnabled: true }, page => page.evaluate(() => {
		const wrong = [], all = selector => [...document.querySelectorAll(selector)];
		const must = (good, said) => good || wrong.push(said);
		must(document.documentElement.lang, "no language");
		must(document.title.trim(), "no title");
		for (const name of ["description", "viewport"])
			must(all(`meta[name=${name}]`).length === 1 && document.querySelector(`meta[name=${name}]`).content, `no ${name}`);
		must(all("main").length === 1, `${all("main").length} mains`);
		must(all("body > footer").length === 1, "no footer of the page");
		must(all("h1").length === 1, `${all("h1").length} h1`);
		const canonical = all("link[rel=canonical]").map(one => one.href);
		must(canonical.length === 1 && canonical[0] === location.href.replace(/index\.html$/, ""), `canonical: ${canonical}`);
		must(all("link[rel=icon]").length === 1, "no icon");
		let level = 0;
		for (const heading of all("h1, h2, h3, h4, h5, h6")) {
			const one = Number(heading.localName[1]);
			must(one <= level + 1, `h${one} follows h${level}: ${heading.textContent}`);
			level = one;
		}
		for (const drawing of all("svg[role=img]")) {
			const title = drawing.querySelector("title")?.textContent ?? "", desc = document.getElementById(drawing.getAttribute("aria-describedby"))?.textContent ?? "";
			must(title && desc.length > title.length / 4 && desc.length > 20, `a drawing hardly says what it shows: ${title}: ${desc}`);
		}
		const skip = document.querySelector("body > a");
		must(skip && document.querySelector(skip.getAttribute("href")), "the first link does not skip to the text");
		return wrong;
	}));
}

// Nothing moves for readers who asked for that.
export function still(browser, address) {
	return visit(browser, address, { reducedMotion: "reduce" }, page => page.evaluate(() => {
		const moving = [...document.querySelectorAll("*")].filter(one => {
			const style = getComputedStyle(one);
			return style.scrollBehavior === "smooth" || [style.transitionDuration, style.animationDuration]
				.some(said => said.split(",").some(time => parseFloat(time) > 0.01));
		});
		return moving.map(one => `moves: ${one.localName}.${one.className?.baseVal ?? one.className}`)
			.concat(document.getAnimations().map(() => "an animation runs"));
	}));
}

// The system's own few colours: each drawn shape still differs from what is behind it, and text can be read.
export function forced(browser, address, scheme) {
	return visit(browser, address, { forcedColors: "active", colorScheme: scheme }, page => page.evaluate(() => {
		const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
		const rgb = colour => {
			canvas.clearRect(0, 0, 1, 1);
			canvas.fillStyle = colour;
			canvas.fillRect(0, 0, 1, 1);
			return [...canvas.getImageData(0, 0, 1, 1).data];
		};
		const luminance = colour => {
			const [r, g, b] = rgb(colour).slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		const ratio = (a, b) => {
			const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
			return (x + 0.05) / (y + 0.05);
		};
		const paper = getComputedStyle(document.body).backgroundColor, wrong = new Set();
		const behind = { "lp-on-run": ".lp-run", "lp-on-sleep": ".lp-sleep", "lp-on-held": ".lp-held" };
		for (const drawing of document.querySelectorAll("svg.lp-figure")) {
			if (!drawing.getClientRects().length) continue;
			for (const shape of drawing.querySelectorAll("text, rect, path, line, circle")) {
				if (shape.closest("defs, pattern, clipPath, mask")) continue;
				const style = getComputedStyle(shape), name = `${shape.localName}.${shape.getAttribute("class")}`;
				if (shape.localName === "text") {
					const on = behind[shape.getAttribute("class")], below = on && drawing.querySelector(on);
					const colour = below ? getComputedStyle(below).fill : paper;
					if (ratio(style.fill, colour) < 4.5) wrong.add(`text cannot be read: ${name}: ${style.fill} on ${colour}`);
				} else {
					const drawn = [style.fill, style.stroke].filter(one => one !== "none" && !/^url/.test(one));
					const patterned = [style.fill, style.stroke].some(one => /^url/.test(one));
					if (!patterned && !/lp-(grid|spread-edge)/.test(name) && !drawn.some(one => ratio(one, paper) >= 3))
						wrong.add(`shape cannot be seen: ${name}: ${drawn.join(" ")} on ${paper}`);
				}
			}
		}
		return [...wrong];
	}));
}

// The page on paper. Returns { wrong, pages }: how many sheets of A4 it takes.
export async function prints(browser, address, path) {
	let pages = 0;
	const wrong = await visit(browser, address, { colorScheme: "dark" }, async page => {
		await page.emulateMedia({ media: "print", colorScheme: "dark" });
		const bytes = await page.pdf({ path, format: "A4", printBackground: false, preferCSSPageSize: true });
		pages = count(bytes);
		return page.evaluate(() => {
			const wrong = [];
			const rgb = colour => colour.match(/[\d.]+/g).map(Number);
			const light = colour => { const [r, g, b] = rgb(colour); return (0.299 * r + 0.587 * g + 0.114 * b) / 255; };
			// A dark scheme must not reach paper, which has no background: ink is dark.
			for (const text of document.querySelectorAll("p, li, figcaption, code span, h1, h2, summary")) {
				if (!text.getClientRects().length) continue;
				if (light(getComputedStyle(text).color) > 0.45) wrong.push(`pale on paper: ${text.localName}.${text.className}`);
			}
			for (const text of document.querySelectorAll("svg.lp-figure text")) {
				if (!text.getClientRects().length || /lp-on-run/.test(text.getAttribute("class"))) continue;
				if (light(getComputedStyle(text).fill) > 0.45) wrong.push(`pale on paper: text.${text.getAttribute("class")}`);
			}
			// Small multiples stay small.
			for (const figure of document.querySelectorAll(".drawing")) {
				if (figure.closest(".lp-points") || figure.querySelector(".lp-points")) continue;
				const shown = [...figure.querySelectorAll("svg.lp-figure")].filter(one => one.checkVisibility());
				if (shown.some(one => one.classList.contains("lp-narrow"))) wrong.push(`a drawing for phones: ${figure.parentElement.id}`);
			}
			for (const aside of document.querySelectorAll(".content > details > :not(summary)"))
				if (!aside.checkVisibility({ contentVisibilityAuto: true })) wrong.push(`folded away: ${aside.textContent.trim().slice(0, 40)}`);
			return [...new Set(wrong)];
		});
	});
	if (pages === 0) wrong.push("printed on no page");
	return { wrong, pages };
}

// Sheets of a PDF, whose objects may stand in compressed streams.
function count(bytes) {
	const text = bytes.toString("latin1");
	let found = (text.match(/\/Type\s*\/Page\b/g) ?? []).length;
	for (const match of text.matchAll(/stream\r?\n/g)) {
		const from = match.index + match[0].length;
		try {
			const unpacked = inflateSync(bytes.subarray(from), { finishFlush: 2 }).toString("latin1");
			found += (unpacked.match(/\/Type\s*\/Page\b/g) ?? []).length;
		} catch {
			// no stream of this kind
		}
	}
	return found;
}
