# Pages in a headless Chromium: `look` opens pages of a site in frames of several widths and writes down what it sees, as
# JSON, for tests to ask with jq.

# look SITE SCHEME WIDTHS PAGE…: SITE is the folder, SCHEME `light` or `dark`, WIDTHS pixels between commas, `320*2` with text
# twice as large, each PAGE a path below SITE. Prints an object:
#   { console: [message…], requests: [address…], frames: [ { page, width, zoom, dark, scroll_width, outside: [element…],
#     drawings: [ { id, shown: [class…] } ], texts: [ { text, element, pair, ratio } ], small: [ { text, size } ],
#     clipped: [text…] } … ] }
# requests are those over a network, which get no answer.
# texts has one for each kind of element and pair of colours; outside, small and clipped should be empty.
look() {
	local site=$1 scheme=$2 widths=$3 folder preferred
	shift 3
	folder=$(mktemp -d) || return 1
	case $scheme in
	dark) preferred=0 ;;
	*) preferred=1 ;;
	esac
	# Beside the pages: frames of the same folder may be looked into.
	look_page "$widths" "$@" >"$site/look.html"
	timeout -k 5 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync --disable-extensions \
		--disable-dev-shm-usage --user-data-dir="$folder" --allow-file-access-from-files \
		--host-resolver-rules='MAP * ~NOTFOUND' --blink-settings="preferredColorScheme=$preferred" \
		--window-size=1400,1000 --hide-scrollbars --log-net-log="$folder/net.json" --enable-logging=stderr --dump-dom "file://$site/look.html" \
		>"$folder/dom" 2>"$folder/log"
	rm -f "$site/look.html"
	if ! grep -q '<pre id="seen">' "$folder/dom"; then
		echo "chromium gave no answer:" >&2
		tail -n 20 "$folder/log" >&2
		rm -rf "$folder"
		return 1
	fi
	sed -n 's/.*<pre id="seen">\([^<]*\)<.*/\1/p' "$folder/dom" | base64 -d >"$folder/frames.json"
	grep CONSOLE "$folder/log" >"$folder/console"
	# Chromium asks for things of its own, without a page as their initiator.
	jq -n --rawfile log "$folder/console" --slurpfile net "$folder/net.json" --slurpfile frames "$folder/frames.json" '{
		console: ($log | split("\n") | map(select(. != ""))),
		requests: [$net[0].events[].params | select(.url and .initiator and .initiator != "not an origin") | .url] | unique,
		frames: $frames[0] }'
	rm -rf "$folder"
}

look_page() { # WIDTHS PAGE…
	local widths=$1
	shift
	echo '<!DOCTYPE html><meta charset="utf-8"><style>:root { color-scheme: light dark }</style><body><script>'
	echo "const widths = '$widths'.split(',').map(one => one.split('*').map(Number));"
	printf 'const pages = [%s];\n' "$(printf '"%s",' "$@")"
	cat <<'END'
const LEAST_SIZE = 10; // pixels that a letter of a drawing must have

// Any CSS colour as [red, green, blue, alpha], alpha from 0 to 1.
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const known = new Map();
function rgba(colour) {
	if (!known.has(colour)) {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = colour;
		canvas.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
		known.set(colour, [r, g, b, a / 255]);
	}
	return known.get(colour);
}

function over(top, below) {
	return [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
}

// WCAG's relative luminance and contrast.
function luminance(colour) {
	const [r, g, b] = colour.slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
	const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
	return (x + 0.05) / (y + 0.05);
}

function name(element) {
	const classes = element.getAttribute("class");
	return element.localName + (element.id ? "#" + element.id : "") + (classes ? "." + classes.trim().split(/\s+/).join(".") : "");
}

// What lies behind an element's text: the backgrounds of all it stands in, over white.
function background(view, element) {
	const layers = [];
	for (let e = element; e; e = e.parentElement) layers.unshift(rgba(view.getComputedStyle(e).backgroundColor));
	return layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
}

// A text of a drawing stands on the page, or on the bar whose class says so.
function behind(view, text) {
	const svg = text.closest("svg"), page = background(view, svg);
	const on = [...text.classList].find(one => /^lp-on-(run|sleep|held)$/.test(one));
	if (!on) return page;
	return over(rgba(view.getComputedStyle(svg.querySelector(".lp-" + on.slice(6))).fill), page);
}

function is_shown(view, element) {
	return element.getClientRects().length > 0 && view.getComputedStyle(element).visibility === "visible";
}

function scrolls(view, element) {
	for (let e = element.parentElement; e; e = e.parentElement)
		if (/auto|scroll/.test(view.getComputedStyle(e).overflowX)) return true;
	return false;
}

function texts_of(view, body) {
	const found = new Map();
	const walker = view.document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
	for (let node = walker.nextNode(); node; node = walker.nextNode()) {
		const element = node.parentElement;
		if (!node.data.trim() || /^(title|desc|script|style)$/.test(element.localName)) continue;
		const drawn = element.closest("svg");
		if (!is_shown(view, drawn || element)) continue;
		const style = view.getComputedStyle(element);
		const below = drawn ? behind(view, element) : background(view, element);
		const colour = over(rgba(drawn ? style.fill : style.color), below);
		const pair = colour.join() + " on " + below.join(), key = name(element) + pair;
		if (!found.has(key)) found.set(key, { text: node.data.trim().slice(0, 40), element: name(element), pair, ratio: contrast(colour, below) });
	}
	return [...found.values()];
}

function see(frame, page, width, zoom) {
	const view = frame.contentWindow, root = view.document.documentElement, body = view.document.body;
	for (const details of body.querySelectorAll("details")) details.open = true;
	if (zoom !== 1) root.style.fontSize = zoom * 100 + "%";
	const seen = { page, width, zoom, dark: view.matchMedia("(prefers-color-scheme: dark)").matches, scroll_width: root.scrollWidth,
		outside: [], drawings: [], small: [], clipped: [] };
	for (const element of body.querySelectorAll("*")) {
		const box = element.getBoundingClientRect();
		if (box.width > 0 && (box.right > width + 1 || box.left < -1) && is_shown(view, element) && !element.closest("svg")
			&& !scrolls(view, element)) seen.outside.push(name(element) + " to " + box.right);
	}
	for (const drawing of body.querySelectorAll(".drawing")) {
		const shown = [...drawing.querySelectorAll("svg")].filter(svg => is_shown(view, svg));
		seen.drawings.push({ id: drawing.parentElement.id, shown: shown.map(svg => svg.getAttribute("class")) });
		for (const svg of shown) {
			const frame_box = svg.getBoundingClientRect(), zoom = frame_box.width / svg.viewBox.baseVal.width;
			for (const text of svg.querySelectorAll("text")) {
				const box = text.getBoundingClientRect(), size = parseFloat(view.getComputedStyle(text).fontSize) * zoom;
				const said = drawing.parentElement.id + ": " + text.firstChild.data;
				if (size < LEAST_SIZE) seen.small.push({ text: said, size });
				if (box.left < frame_box.left - 1.5 || box.right > frame_box.right + 1.5 || box.bottom > frame_box.bottom + 1.5)
					seen.clipped.push(said);
			}
		}
	}
	seen.texts = texts_of(view, body);
	return seen;
}

const frames = [];
for (const page of pages) for (const [width, zoom = 1] of widths) {
	const frame = document.createElement("iframe");
	frame.style.cssText = `display: block; border: 0; width: ${width}px; height: 900px`;
	frame.src = page;
	document.body.append(frame);
	frames.push([frame, page, width, zoom]);
}
window.addEventListener("load", () => {
	let said;
	try {
		said = JSON.stringify(frames.map(one => see(...one)));
	} catch (error) {
		said = JSON.stringify({ error: String(error.stack) });
	}
	const result = document.createElement("pre");
	result.id = "seen";
	result.textContent = btoa(Array.from(new TextEncoder().encode(said), byte => String.fromCharCode(byte)).join(""));
	document.body.append(result);
});
END
	echo '</script></body>'
}
