// A site to look at, made by the real binary in a folder of its own, and a server of it on this machine alone. Knows what
// is published, not what is checked.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, relative } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml; charset=utf-8", ".json": "application/json; charset=utf-8", ".png": "image/png" };

// Serves the folder as a web server does that is set up well: with types and gzip, and 404 for what is not there.
// Returns { address, missing, close }; missing: paths that were asked for and not there.
export async function serve(folder) {
	const missing = [];
	const server = createServer((request, response) => {
		let path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
		if (path.endsWith("/")) path += "index.html";
		const file = join(folder, normalize(path)), type = TYPES[extname(file)];
		if (!existsSync(file) || !statSync(file).isFile()) {
			missing.push(path);
			response.writeHead(404, { "Content-Type": "text/plain" }).end("not here\n");
			return;
		}
		const bytes = gzipSync(readFileSync(file));
		response.writeHead(200, { "Content-Type": type ?? "application/octet-stream", "Content-Encoding": "gzip",
			"Content-Length": bytes.length, "Cache-Control": "max-age=31536000" }).end(bytes);
	});
	await new Promise(listening => server.listen(0, "127.0.0.1", listening));
	return { address: `http://127.0.0.1:${server.address().port}/`, missing, close: () => server.close() };
}

// A port of this machine that nobody listens at now.
export async function free_port() {
	const server = createServer();
	await new Promise(listening => server.listen(0, "127.0.0.1", listening));
	const { port } = server.address();
	await new Promise(closed => server.close(closed));
	return port;
}

// All files below a folder whose names end in one of these, as paths below it, sorted.
export function list(folder, ...endings) {
	return readdirSync(folder, { recursive: true }).map(String).filter(name => endings.includes(extname(name)))
		.filter(name => !name.split("/").some(part => part.startsWith("."))).sort();
}

// The project's own site and a post with all that a post can hold, published at `base`. Measurements that the project
// has kept are taken along, and what is measured here stays for the next time.
export function publish({ project, livepost, folder, base }) {
	const kept = join(folder, ".livepost");
	for (const name of ["posts", "examples", "templates", "site"]) rmSync(join(folder, name), { recursive: true, force: true });
	mkdirSync(kept, { recursive: true });
	for (const name of ["posts", "examples", "templates"]) cpSync(join(project, name), join(folder, name), { recursive: true });
	cpSync(join(project, "tests/fixtures/posts"), join(folder, "posts"), { recursive: true });
	const measured = join(project, ".livepost/measurements");
	if (existsSync(measured)) cpSync(measured, join(kept, "measurements"), { recursive: true });
	const settings = readFileSync(join(project, "pipeline.lua"), "utf8");
	writeFileSync(join(folder, "pipeline.lua"),
		`local settings = (function()\n${settings}\nend)()\nsettings.site.base_url = "${base}"\nreturn settings\n`);
	execFileSync(livepost, ["build", folder], { stdio: ["ignore", "inherit", "inherit"] });
	return join(folder, "site");
}

// Drawings that `livepost run --svg` makes: of a program that ends, of one that hangs. Returns their paths.
export function draw({ project, livepost, folder }) {
	const drawn = join(folder, "drawn");
	rmSync(drawn, { recursive: true, force: true });
	mkdirSync(drawn, { recursive: true });
	const made = [];
	for (const [name, program, ...options] of [["ends", "threads.c"], ["hangs", "hang.c", "--timeout", "300ms"]]) {
		const source = join(folder, program), file = join(drawn, name + ".svg");
		writeFileSync(source, PROGRAMS[name]);
		try {
			execFileSync(livepost, ["run", "--svg", file, ...options, source], { stdio: "ignore" });
		} catch (wrong) {
			if (name === "ends") throw wrong;
		}
		if (!existsSync(file)) throw new Error(`${livepost} run --svg made no drawing of a program that ${name}`);
		made.push(file);
	}
	return made;
}

const PROGRAMS = {
	ends: `#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;
static void *cook(void *dish)
{
	pthread_mutex_lock(&chef);
	usleep(3000);
	pthread_mutex_unlock(&chef);
	return dish;
}
int main(void)
{
	pthread_t cooks[3];
	for (int i = 0; i < 3; i++) pthread_create(&cooks[i], 0, cook, 0);
	for (int i = 0; i < 3; i++) pthread_join(cooks[i], 0);
}
`,
	hangs: `#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t salt = PTHREAD_MUTEX_INITIALIZER, pepper = PTHREAD_MUTEX_INITIALIZER;
static void *cook(void *dish)
{
	pthread_mutex_lock(&pepper);
	usleep(20000);
	pthread_mutex_lock(&salt);
	return dish;
}
int main(void)
{
	pthread_t other;
	pthread_create(&other, 0, cook, 0);
	pthread_mutex_lock(&salt);
	usleep(20000);
	pthread_mutex_lock(&pepper);
}
`,
};

// What a reader's browser fetches for a page, compressed as it travels: { name, bytes } for its HTML, style sheets and scripts.
export function weigh(site, page) {
	const html = readFileSync(join(site, page), "utf8"), found = [{ name: page, bytes: gzipSync(html).length }];
	for (const [, address] of html.matchAll(/<(?:link rel="stylesheet" href|script(?: [^>]*)? src)="([^"]+)"/g)) {
		const file = normalize(join(site, page, "..", address));
		found.push({ name: relative(site, file), bytes: gzipSync(readFileSync(file)).length });
	}
	return found;
}
