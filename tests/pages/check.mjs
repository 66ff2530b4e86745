// Looks at the published pages with everything that `make test` cannot ask for, says what was measured, and ends with how
// many checks passed and failed: node check.mjs LIVEPOST FOLDER [PART…], PART being planted, markup, weight,
// browser or scores.
import { join, resolve } from "node:path";
import { accessible, fits, forced, open, outline, prints, SCHEMES, still, walks, WIDTHS } from "./browser.mjs";
import { nu, validate } from "./markup.mjs";
import { FORMS, score } from "./scores.mjs";
import { draw, free_port, list, publish, serve, weigh } from "./scratch.mjs";

const MOST_BYTES = 100 * 1000;
const PARTS = ["planted", "markup", "weight", "browser", "scores"];

const project = resolve(import.meta.dirname, "../..");
const [livepost, folder, ...asked] = process.argv.slice(2);
const unknown = asked.filter(one => !PARTS.includes(one));
if (!livepost || !folder || unknown.length > 0) {
	console.error(`usage: node check.mjs LIVEPOST FOLDER [${PARTS.join("|")}]…`);
	process.exit(2);
}

let passed = 0, failed = 0;
// One line for each check, and below it what is wrong.
function tell(name, wrong, measured = "") {
	wrong.length === 0 ? passed++ : failed++;
	console.log(`${wrong.length === 0 ? "ok" : "NOT OK"}  ${name}${measured && `: ${measured}`}`);
	for (const one of wrong.slice(0, 20)) console.log(`        ${one}`);
	if (wrong.length > 20) console.log(`        and ${wrong.length - 20} more`);
}

async function check_markup(site, pages, drawn) {
	const files = [...pages.map(one => join(site, one)), ...list(site, ".svg").map(one => join(site, one)), ...drawn];
	const wrong = nu(files, folder);
	tell("Nu HTML Checker", wrong, `${wrong.length} errors and warnings in ${files.length} files`);
	const found = await validate(pages.map(one => join(site, one)), folder);
	tell("html-validate", found, `${found.length} in ${pages.length} pages`);
}

function check_weight(site, pages) {
	for (const page of pages) {
		const parts = weigh(site, page), bytes = parts.reduce((sum, one) => sum + one.bytes, 0);
		tell(`weight of ${page}`, bytes > MOST_BYTES ? [`more than ${MOST_BYTES} bytes`] : [],
			`${bytes} bytes gzip (${parts.map(one => `${one.name.split("/").at(-1)} ${one.bytes}`).join(", ")})`);
	}
}

// Pages are visited as readers do, and not by the name of a folder's file.
const visited = (address, page) => address + page.replace(/(^|\/)index\.html$/, "$1");

async function check_browser(browser, pages, address) {
	for (const page of pages) {
		const at = visited(address, page);
		for (const scheme of SCHEMES) {
			for (const width of WIDTHS) {
				const wrong = await accessible(browser, at, scheme, width);
				tell(`axe, ${page}, ${scheme}, ${width} px`, wrong, `${wrong.length} violations`);
			}
			tell(`forced colours, ${page}, ${scheme}`, await forced(browser, at, scheme));
		}
		for (const [width, zoom] of [[320, 1], [700, 1], [1280, 1], [320, 2], [640, 2], [1280, 2]])
			tell(`fits, ${page}, ${width} px, text × ${zoom}`, await fits(browser, at, width, zoom));
		tell(`keyboard, ${page}`, await walks(browser, at));
		tell(`outline, ${page}`, await outline(browser, at));
		tell(`no motion, ${page}`, await still(browser, at));
		const paper = join(folder, page.replace(/[/.]/g, "-") + ".pdf");
		const { wrong, pages: sheets } = await prints(browser, at, paper);
		tell(`print, ${page}`, wrong, `${sheets} sheets of A4, ${paper}`);
	}
}

async function check_scores(pages, address, port) {
	for (const page of pages) {
		for (const form of FORMS) {
			const { scores, before, wrong } = await score(visited(address, page), form, port);
			tell(`Lighthouse, ${page}, ${form}`, wrong, Object.entries(scores).map(([name, said]) => `${name} ${said}`).join(", ")
				+ (before.length > 0 ? ` (performance before: ${before.join(", ")})` : ""));
		}
	}
}

// A page with a fault for each check: one that finds nothing there would find nothing anywhere.
async function check_checks() {
	const planted = join(import.meta.dirname, "planted"), file = join(planted, "index.html"), server = await serve(planted);
	const port = await free_port(), browser = await open(port), at = server.address;
	const sees = (name, wrong, ...expected) => {
		const missed = expected.filter(one => !wrong.some(said => said.includes(one)));
		tell(`what is planted is seen: ${name}`, missed.map(one => `not seen: ${one}: ${wrong.join(" | ").slice(0, 400)}`));
	};
	try {
		sees("Nu HTML Checker", nu([file], planted), "Duplicate ID", "must have an “alt” attribute", "warning: ");
		sees("html-validate", await validate([file], planted), "no-dup-id", "wcag/h37");
		sees("axe", await accessible(browser, at, "light", 1280), "axe color-contrast", "axe html-has-lang", "axe image-alt");
		sees("forced colours", await forced(browser, at, "light"), "shape cannot be seen: rect.lp-ghost");
		sees("fits", await fits(browser, at, 320), "scrolls sideways: 900", "div.wide");
		sees("fits, large text", await fits(browser, at, 1000, 4), "div.big, text × 4");
		sees("keyboard", await walks(browser, at), "focus cannot be seen: a.unmarked", "focus jumps back", "figure without a stop: silent");
		sees("outline", await outline(browser, at), "no language", "no title", "no description", "0 mains", "2 h1", "h4 follows h1",
			"canonical", "no icon", "a drawing hardly says");
		sees("no motion", await still(browser, at), "moves: p.moving");
		sees("print", (await prints(browser, at)).wrong, "pale on paper: p.paper", "a drawing for phones: silent");
		const { scores, wrong } = await score(at, "phone", port);
		sees("Lighthouse", wrong, "accessibility", "seo");
		tell("what is planted is seen: scores", Object.values(scores).every(one => one < 100 || one === scores.performance) ? [] : [JSON.stringify(scores)]);
		tell("what is planted is seen: what is not there", server.missing.includes("/missing.png") ? [] : [server.missing.join()]);
	} finally {
		await browser.close();
		server.close();
	}
}

async function main() {
	const wanted = part => asked.length === 0 || asked.includes(part);
	// The pages name the address they are served at, which is known only when somebody listens there.
	const server = await serve(join(folder, "site"));
	const site = publish({ project, livepost, folder, base: server.address });
	const pages = list(site, ".html");
	if (wanted("planted")) await check_checks();
	if (wanted("markup")) await check_markup(site, pages, draw({ project, livepost, folder }));
	if (wanted("weight")) check_weight(site, pages);
	if (wanted("browser") || wanted("scores")) {
		const port = await free_port(), browser = await open(port);
		try {
			if (wanted("browser")) await check_browser(browser, pages, server.address);
			if (wanted("scores")) await check_scores(pages, server.address, port);
		} finally {
			await browser.close();
		}
		// Every site may have a robots.txt, and none has to.
		tell("nothing was asked for that is not there", [...new Set(server.missing)].filter(path => path !== "/robots.txt"));
	}
	server.close();
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

await main();
