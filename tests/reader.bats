# What the page's script adds to figures, in a real browser that is driven: pointing, keys, zoom, play, sliders, phones,
# print; and what there is without it.

load support/livepost
load support/drive

setup_file() {
	needs_chromium || return
	cd "$BATS_FILE_TMPDIR"
	make_site
	cp "$PROJECT"/templates/* templates/
	make_post 2021-03-10-kitchen.md <<-'END'
		```{c}
		//| label: dinner
		//| runs: 3
		#define _GNU_SOURCE
		#include <pthread.h>
		#include <time.h>
		static pthread_mutex_t knife = PTHREAD_MUTEX_INITIALIZER;
		static void pause_ms(long ms)
		{
			nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
		}
		static void *cook(void *nothing)
		{
			pthread_setname_np(pthread_self(), "cook");
			pthread_mutex_lock(&knife);
			pause_ms(20);
			pthread_mutex_unlock(&knife);
			return nothing;
		}
		int main(void)
		{
			pthread_t thread;
			pthread_mutex_lock(&knife);
			pthread_create(&thread, NULL, cook, NULL);
			pause_ms(20);
			pthread_mutex_unlock(&knife);
			pthread_join(thread, NULL);
		}
		```

		```{c}
		//| label: nap
		//| runs: 3
		//| sweep: { MS: [5, 10, 20] }
		#include <time.h>
		int main(void)
		{
			nanosleep(&(struct timespec){ .tv_nsec = MS * 1000000L }, NULL);
		}
		```

		```{lua}
		--| label: both
		return timeline("dinner", "dinner")
		```

		```{lua}
		--| label: naps
		return slider("nap")
		```

		A paragraph. <!-- room below, so that figures can be brought to the middle -->
	END
	"$LIVEPOST" build 2>build.log || {
		cat build.log >&2
		return 1
	}
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

@test "the script is small, and only where figures are" {
	[ "$(stat -c %s site/livepost.js)" -le 12288 ]
	run grep -c 'livepost.js' site/2021/03/10/kitchen.html
	assert_output 1
	run grep -c '<script' site/index.html
	assert_output 0
}

@test "a page's data are small and cannot end their element" {
	run grep -c 'class="lp-stored"' site/2021/03/10/kitchen.html
	assert_output 4
	run xmllint --html --noout --xpath '//script[@class="lp-stored"][string-length(.) > 30000]' site/2021/03/10/kitchen.html
	assert_failure
}

@test "of a page with many figures each one's data are a file, loaded when it comes near" {
	local i
	cd "$BATS_TEST_TMPDIR"
	make_site
	cp "$PROJECT"/templates/* templates/
	{
		sed -n '/^```{c}/,/^```$/p;/^```$/q' "$BATS_FILE_TMPDIR/posts/2021-03-10-kitchen.md"
		for ((i = 1; i <= 40; i++)); do
			printf '\n```{lua}\n--| label: copy%d\nreturn timeline("dinner", "dinner", "dinner", "dinner")\n```\n' "$i"
		done
	} | make_post 2021-03-10-kitchen.md
	run -0 "$LIVEPOST" build
	run grep -c '"lp-stored" data-src="kitchen/copy[0-9]*.js"></script>' site/2021/03/10/kitchen.html
	assert_output 40
	run grep -c 'class="lp-stored">' site/2021/03/10/kitchen.html
	assert_output 0
	# The file is what the page would have: JSON behind an assignment.
	run -0 jq -e '.p | length' <<<"$(sed 's/^document.currentScript.json=//' site/2021/03/10/kitchen/copy40.js)"
	assert_output 4
	drive <<-'END'
		with reading() as browser:
		    alive = 'document.querySelectorAll(".lp-live").length'
		    settled = '(async () => { for (let i = 0; i < 200 && !(%s); i++) await new Promise(done => setTimeout(done, 25)); return !!(%s) })()'
		    near = 'document.querySelector("#dinner-timeline.lp-live")'
		    true(browser.run(settled % (near, near)), "the first figure comes alive")
		    true(browser.run(alive) < 20, "not all are loaded")
		    same(browser.run('document.querySelector("#copy40.lp-live")'), None)
		    browser.run('document.documentElement.style.scrollBehavior = "auto"; document.querySelector("#copy40").scrollIntoView({ block: "center" })')
		    far = 'document.querySelector("#copy40.lp-live")'
		    true(browser.run(settled % (far, far)), "the last figure comes alive when it is reached")
		    at, rows = bring(browser, "copy40")
		    browser.mouse("Moved", at(measured("dinner")["timeline"]["wall_ns"] / 2), list(rows.values())[0])
		    true("main: " in readout(browser, "copy40"), readout(browser, "copy40"))
		    same(browser.console, [])
	END
}

@test "pointing at a slice says what it is, marks it and the line it stood on" {
	drive <<-'END'
		with reading() as browser:
		    at, rows = bring(browser, "dinner-timeline")
		    lanes = measured("dinner")["timeline"]["lanes"]
		    cook = next(lane for lane in lanes if lane["name"] == "cook")
		    wait = max((one for one in cook["slices"] if one["state"] == "waiting-lock"), key=lambda one: one["end_ns"] - one["start_ns"])
		    browser.mouse("Moved", at((wait["start_ns"] + wait["end_ns"]) / 2), rows[str(cook["id"])])
		    said = readout(browser, "dinner-timeline")
		    true(said.startswith("cook: waiting for a lock 1") or said.startswith("cook: waiting for a lock 2"), said)
		    true("waits for knife, held by" in said and "at posts/2021-03-10-kitchen.md:" in said, said)
		    lit = browser.run('[...document.querySelectorAll(".lp-here")].map(one => one.textContent.trim())')
		    same(lit, ["pthread_mutex_lock(&knife);"])
		    number = int(wait["where"].split(":")[1])
		    true("mutex_lock" in open("posts/2021-03-10-kitchen.md").read().split("\n")[number - 1], "the line of the post")
		    same(browser.run('document.querySelectorAll("#dinner-timeline .lp-selected").length'), 1)
		    # away from it nothing is marked any more
		    browser.mouse("Moved", 5, 5)
		    same(browser.run('document.querySelectorAll(".lp-here, .lp-selected, .lp-cursor").length'), 0)
		    same(readout(browser, "dinner-timeline"), "")
		    same(browser.console, [])
	END
}

@test "the cursor stands at one moment in all panels of the post" {
	drive <<-'END'
		with reading() as browser:
		    at, rows = bring(browser, "both")
		    wall = measured("dinner")["timeline"]["wall_ns"]
		    browser.mouse("Moved", at(wall / 2), list(rows.values())[0])
		    found = browser.run('''[...document.querySelectorAll("path.lp-cursor")].filter(one => one.getClientRects().length).map(one => {
		        const set = one.closest(".lp-panel").dataset, [from, to] = set.ns.split(" ").map(Number), [left, right] = set.x.split(" ").map(Number);
		        return from + (parseFloat(one.getAttribute("d").slice(1)) - left) / (right - left) * (to - from);
		    })''')
		    true(len(found) >= 4, "cursors in %d panels" % len(found))
		    for one in found:
		        true(abs(one - wall / 2) < wall / 500, "one cursor at %f of %f" % (one, wall))
	END
}

@test "keys walk through slices and lanes, speak, and leave" {
	drive <<-'END'
		with reading() as browser:
		    bring(browser, "dinner-timeline")
		    browser.run(view("dinner-timeline") + ".focus()")
		    browser.key("ArrowRight")
		    first = readout(browser, "dinner-timeline")
		    lanes = measured("dinner")["timeline"]["lanes"]
		    true(first.startswith(lanes[0]["name"] + ": "), first)
		    same(browser.run('document.querySelector("#dinner-timeline .lp-readout").ariaLive'), "polite")
		    browser.key("ArrowRight")
		    second = readout(browser, "dinner-timeline")
		    true(second != first, "the next slice: " + second)
		    browser.key("ArrowLeft")
		    same(readout(browser, "dinner-timeline"), first)
		    browser.key("End")
		    last = readout(browser, "dinner-timeline")
		    browser.key("ArrowRight")
		    same(readout(browser, "dinner-timeline"), last, "there is nothing behind the last")
		    browser.key("ArrowDown")
		    true(readout(browser, "dinner-timeline").startswith("cook: "), "the lane below")
		    browser.key("ArrowDown")
		    true(readout(browser, "dinner-timeline").startswith("knife: held "), "the lock")
		    same(browser.run("document.activeElement.className"), "lp-view")
		    browser.key("Escape")
		    same(browser.run("document.activeElement.tagName"), "BODY")
		    same(readout(browser, "dinner-timeline"), "")
		    # the page keeps its own keys
		    browser.run(view("dinner-timeline") + ".focus()")
		    browser.key("Tab")
		    same(browser.run("document.activeElement.textContent"), "Play")
	END
}

@test "zoom draws anew from the data, pans, and goes back" {
	drive <<-'END'
		with reading() as browser:
		    at, rows = bring(browser, "dinner-timeline")
		    wall = measured("dinner")["timeline"]["wall_ns"]
		    before = browser.run('document.querySelector("#dinner-timeline .lp-ticks").getBoundingClientRect().width')
		    true(before > 0, "ticks")
		    ticks = '[...document.querySelectorAll("#dinner-timeline g.lp-zoomed")].filter(one => one.getClientRects().length).flatMap(one => [...one.querySelectorAll(".lp-tick")].map(tick => tick.textContent))'
		    whole = '(one => [one.classList.contains("lp-in"), getComputedStyle(one.querySelector(".lp-plot")).display])(%s)' % view("dinner-timeline")
		    browser.click(at(wall / 2), list(rows.values())[0])
		    same(browser.run(whole)[0], False)
		    browser.key("+")
		    browser.key("+")
		    same(browser.run(whole), [True, "none"])
		    seen = [float(one.split()[0]) for one in browser.run(ticks)]
		    true(len(seen) > 2 and min(seen) > wall / 1e6 * 0.3 and max(seen) < wall / 1e6 * 0.7, "ticks %r of %f ms" % (seen, wall / 1e6))
		    # what is under the pointer in the middle is still there: zoom stood still where it pointed
		    x = browser.run('document.querySelector("#dinner-timeline .lp-zoomed .lp-run, #dinner-timeline .lp-zoomed .lp-sleep") != null')
		    true(x, "slices are drawn")
		    browser.key("ArrowLeft", shift=True)
		    moved = [float(one.split()[0]) for one in browser.run(ticks)]
		    true(max(moved) < max(seen), "%r and then %r" % (seen, moved))
		    browser.run('[...document.querySelectorAll("#dinner-timeline .lp-bar button")].find(one => one.textContent == "All").click()')
		    same(browser.run(whole)[0], False)
		    same(browser.run('document.querySelectorAll("#dinner-timeline .lp-zoomed").length'), 0)
		    same(browser.console, [])
	END
}

@test "the wheel scrolls the page, and zooms with Ctrl or where the figure was chosen" {
	drive <<-'END'
		with reading(height=500) as browser:
		    at, rows = bring(browser, "dinner-timeline")
		    x, y = at(5e6), list(rows.values())[0]
		    zoomed = view("dinner-timeline") + '.classList.contains("lp-in")'
		    top = browser.run("scrollY")
		    browser.mouse("Wheel", x, y, deltaX=0, deltaY=-60)
		    browser.wait("scrollY < %f" % top)
		    same(browser.run(zoomed), False)
		    at, rows = bring(browser, "dinner-timeline")
		    browser.mouse("Wheel", at(5e6), list(rows.values())[0], deltaX=0, deltaY=-200, modifiers=2)
		    browser.wait(zoomed)
		    browser.key("Escape")
		    browser.run('[...document.querySelectorAll("#dinner-timeline .lp-bar button")].find(one => one.textContent == "All").click()')
		    browser.run(view("dinner-timeline") + ".focus({ preventScroll: true })")
		    top = browser.run("scrollY")
		    browser.mouse("Wheel", at(5e6), list(rows.values())[0], deltaX=0, deltaY=-200)
		    browser.wait(zoomed)
		    same(browser.run("scrollY"), top)
	END
}

@test "play lets the timeline unfold, can be stopped, and leaves nothing behind" {
	drive <<-'END'
		with reading() as browser:
		    bring(browser, "dinner-timeline")
		    play = 'document.querySelector("#dinner-timeline .lp-bar button")'
		    veil = '+document.querySelector("#dinner-timeline .lp-veil")?.getAttribute("x")'
		    browser.run(play + ".click()")
		    same(browser.run(play + ".textContent"), "Pause")
		    true("times slower" in readout(browser, "dinner-timeline"), readout(browser, "dinner-timeline"))
		    browser.wait(veil + " > 0")
		    first = browser.run(veil)
		    browser.wait("%s > %f" % (veil, first))
		    # what is still to come is covered, from the cursor on to the end
		    cursor, start, end = browser.run("""(() => {
		        const group = document.querySelector("#dinner-timeline .lp-veil").closest(".lp-panel"), veil = group.querySelector(".lp-veil").getBBox();
		        return [parseFloat(group.querySelector("path.lp-cursor").getAttribute("d").slice(1)), veil.x, veil.x + veil.width - group.dataset.x.split(" ")[1]];
		    })()""")
		    true(abs(cursor - start) < 0.01 and 0 <= end < 5, "%r" % [cursor, start, end])
		    browser.run(play + ".click()")
		    same(browser.run(play + ".textContent"), "Play")
		    same(browser.run('document.querySelectorAll(".lp-veil").length'), 0)
		    # and by itself at the end, in few steps where less motion is wanted
		    browser.media(prefers_reduced_motion="reduce")
		    browser.run(play + ".click()")
		    browser.run("window.seen = new Set(); (function look() { seen.add(%s); if (%s.textContent == 'Pause') requestAnimationFrame(look); })()" % (veil, play))
		    browser.wait(play + '.textContent == "Play"')
		    true(2 < browser.run("seen.size") <= 13, "%d pictures" % browser.run("seen.size"))
		    same(browser.run('document.querySelectorAll(".lp-veil").length'), 0)
	END
}

@test "a slider flips through what was measured, by keys too" {
	drive <<-'END'
		with reading() as browser:
		    browser.run('document.querySelector(".lp-slider input").focus()')
		    shown = '[...document.querySelectorAll("#naps .lp-point")].filter(one => one.getClientRects().length).map(one => one.dataset.index)'
		    same(browser.run(shown), ["0"])
		    browser.key("ArrowRight")
		    same(browser.run(shown), ["1"])
		    point = measured("nap-MS-10")
		    said = browser.run('document.querySelector(".lp-said").textContent')
		    true(said.startswith("MS = 10: ") and "95 % interval" in said and said.endswith("3 runs"), said)
		    median, unit = said.split()[3:5]
		    # of three digits
		    true(unit == "ms," and abs(float(median) * 1e6 / point["wall"]["median_ns"] - 1) < 0.006, "%s of %d" % (said, point["wall"]["median_ns"]))
		    same(browser.run('document.querySelector(".lp-slider input").ariaValueText'), said)
		    same(browser.run('[...document.querySelectorAll("#naps .lp-wide .lp-now")].map(one => one.textContent)'), ["10"])
		    browser.key("End")
		    same(browser.run(shown), ["2"])
		    # what is pointed at is that point's
		    at, rows = bring(browser, "naps")
		    browser.mouse("Moved", at(measured("nap-MS-20")["timeline"]["wall_ns"] / 2), list(rows.values())[0])
		    true("sleeping 2" in readout(browser, "naps"), "%r at %r of %r: %s" % (rows, at(measured("nap-MS-20")["timeline"]["wall_ns"] / 2), browser.run("[innerHeight, scrollY]"), readout(browser, "naps")))
		    same(browser.console, [])
	END
}

@test "without JavaScript every point of a sweep is there, and no control that does nothing" {
	drive <<-'END'
		with Browser() as browser:
		    browser.size(1280, 900)
		    browser.scripts(False)
		    browser.open(PAGE)
		    browser.scripts(True)
		    same(browser.run('[...document.querySelectorAll("#naps .lp-point")].filter(one => one.getClientRects().length).length'), 3)
		    same(browser.run('document.querySelectorAll("button, input, .lp-bar, [role=application]").length'), 0)
		    same(browser.run('[...document.querySelectorAll("#dinner-timeline .downloads a")].map(one => one.getAttribute("href"))')[:2],
		         ["kitchen/dinner.json", "kitchen/dinner.trace.json"])
	END
}

@test "a phone shows all of it, and is touched: one finger points and pans, two zoom" {
	drive <<-'END'
		with Browser() as browser:
		    browser.size(320, 700, phone=True)
		    browser.open(PAGE)
		    same(browser.run("document.documentElement.scrollWidth"), 320)
		    at, rows = bring(browser, "dinner-timeline")
		    wall, y = measured("dinner")["timeline"]["wall_ns"], list(rows.values())[0]
		    browser.touch("Start", (at(wall * 0.3), y))
		    browser.touch("End")
		    browser.wait('document.querySelector("#dinner-timeline .lp-readout").textContent != ""')
		    middle = at(wall / 2)
		    browser.touch("Start", (middle - 20, y))
		    browser.touch("Start", (middle - 20, y), (middle + 20, y))
		    for step in range(1, 6):
		        browser.touch("Move", (middle - 20 - 8 * step, y), (middle + 20 + 8 * step, y))
		    browser.touch("End")
		    same(browser.run(view("dinner-timeline") + '.classList.contains("lp-in")'), True)
		    ticks = '[...document.querySelectorAll("#dinner-timeline g.lp-zoomed .lp-tick")].map(one => parseFloat(one.textContent))'
		    before = browser.run(ticks)
		    browser.touch("Start", (middle, y))
		    for step in range(1, 8):
		        browser.touch("Move", (middle - 12 * step, y))
		    browser.touch("End")
		    after = browser.run(ticks)
		    true(min(after) + max(after) > min(before) + max(before), "%r, then %r" % (before, after))
		    same(browser.run("document.documentElement.scrollWidth"), 320)
		    same(browser.run('[...document.querySelectorAll("#dinner-timeline .lp-bar button")].every(one => one.getBoundingClientRect().height >= 24 && one.getBoundingClientRect().width >= 24)'), True)
	END
}

@test "what is printed is the figure as it was made" {
	drive <<-'END'
		with reading() as browser:
		    bring(browser, "dinner-timeline")
		    browser.run(view("dinner-timeline") + ".focus()")
		    browser.key("ArrowRight")
		    browser.key("+")
		    same(browser.run('document.querySelectorAll(".lp-zoomed").length > 0'), True)
		    browser.pdf("page.pdf")
		    same(browser.run('document.querySelectorAll(".lp-zoomed, .lp-cursor, .lp-selected, .lp-here").length'), 0)
		    browser.media("print")
		    same(browser.run('[...document.querySelectorAll(".lp-bar, .lp-readout, .lp-slider input")].filter(one => one.getClientRects().length).length'), 0)
	END
	[ "$(head -c 5 page.pdf)" = "%PDF-" ]
}

@test "nothing moves when the script comes" {
	drive <<-'END'
		with reading() as browser:
		    browser.wait('document.querySelectorAll(".lp-live").length == 4')
		    live = browser.run('document.querySelector("#dinner-timeline .drawing").getBoundingClientRect().height')
		    browser.run('''document.querySelector("#dinner-timeline").classList.remove("lp-live");
		        for (const one of document.querySelectorAll("#dinner-timeline .lp-bar, #dinner-timeline .lp-readout")) one.remove()''')
		    same(browser.run('document.querySelector("#dinner-timeline .drawing").getBoundingClientRect().height'), live)
	END
}

@test "names of a program cannot leave the page's data" {
	make_post 2021-03-10-names.md <<-'END'
		```{c}
		//| label: names
		//| runs: 1
		#include <livepost.h>
		int main(void) { livepost_span("</script><img src=x onerror=alert(1)>") { for (volatile int i = 0; i < 10000000; i++) { } } }
		```
	END
	run "$LIVEPOST" build
	rm posts/2021-03-10-names.md
	assert_success
	run grep -c '<img' site/2021/03/10/names.html
	assert_output 0
	run grep -c 'u003c/script>' site/2021/03/10/names.html
	assert_output 1
}
