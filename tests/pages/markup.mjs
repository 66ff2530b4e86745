// Pages and drawings as documents: the Nu HTML Checker and html-validate. Each check returns a list of what is wrong.
import { spawnSync } from "node:child_process";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import vnu from "vnu-jar";

// Errors and warnings of the Nu HTML Checker in files of HTML and SVG.
export function nu(files, folder) {
	const run = spawnSync("java", ["-Xss1m", "-jar", vnu, "--also-check-svg", "--format", "json", "--stdout", "--exit-zero-always",
		...files], { encoding: "utf8", maxBuffer: 64 << 20 });
	if (run.error || run.status !== 0) throw new Error(`the Nu HTML Checker did not run: ${run.error ?? run.stderr}`);
	// What is neither an error nor a warning says what could be written otherwise.
	return JSON.parse(run.stdout).messages.filter(one => one.type !== "info" || one.subType === "warning").map(one => `${relative(folder, decodeURI(new URL(one.url).pathname))}:${one.lastLine}: `
		+ `${one.subType ?? one.type}: ${one.message} | ${(one.extract ?? "").replace(/\s+/g, " ").slice(0, 160)}`);
}

const RULES = {
	extends: ["html-validate:recommended", "html-validate:document"],
	rules: {
		// How void elements, doctypes and attributes are written is a matter of taste.
		"doctype-style": "off",
		"void-style": "off",
		"long-title": "off",
		"no-trailing-whitespace": "off",
		// Style sheets and scripts come from the page's own site.
		"require-sri": ["error", { target: "crossorigin" }],
		// Text is published as it was written; the other check sees what is not allowed.
		"no-raw-characters": "off",
		// HTML lets ids begin with a digit, as headings do.
		"valid-id": ["error", { relaxed: true }],
		// How columns are aligned is said in the text, and has to hold under any style sheet.
		"no-inline-style": ["error", { allowedProperties: ["display", "text-align"] }],
	},
};

export async function validate(files, folder) {
	const validator = new HtmlValidate(new FileSystemConfigLoader({ root: true, ...RULES }));
	const wrong = [];
	for (const file of files) {
		const report = await validator.validateString(readFileSync(file, "utf8"), file);
		for (const result of report.results)
			for (const one of result.messages)
				wrong.push(`${relative(folder, file)}:${one.line}: ${one.ruleId}: ${one.message} | ${one.selector ?? ""}`);
	}
	return wrong;
}
