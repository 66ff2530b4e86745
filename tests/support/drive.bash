# Tests that drive a browser: `drive` runs Python from standard input with all that tests/support/chromium.py has.

drive() {
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PROJECT/tests/support timeout -k 5 120 python3 -c "
import contextlib, json
from chromium import *
PAGE = 'site/2021/03/10/kitchen.html'
FOLDER = 'site/2021/03/10/kitchen/'
# The page in a window of a desk, or of this height.
@contextlib.contextmanager
def reading(height=900):
    with Browser() as browser:
        browser.size(1280, height)
        browser.open(PAGE)
        yield browser
def measured(name):
    return json.load(open(FOLDER + name + '.json'))
def view(id):
    return 'document.querySelector(\"#%s .lp-view\")' % id
def readout(browser, id):
    return browser.run('document.querySelector(\"#%s .lp-readout\").textContent' % id)
# Brings a figure into the window; the panel's places in the window: (x of a time, y of a lane's middle, panel's top).
def bring(browser, id, panel=0):
    browser.run('document.documentElement.style.scrollBehavior = \"auto\"; %s.scrollIntoView({ block: \"center\" })' % view(id))
    # a smooth scroll that began before may still be on its way
    browser.run('''(async () => { let last = -1, still = 0; while (still < 3) { await new Promise(requestAnimationFrame); still = scrollY == last ? still + 1 : 0; last = scrollY; } })()''')
    seen = browser.run('''(() => {
        const svg = [...%s.querySelectorAll(\"svg\")].find(one => one.getClientRects().length);
        const box = svg.getBoundingClientRect(), set = svg.querySelectorAll(\".lp-panel\")[%d].dataset;
        return { x: box.x, y: box.y, unit: box.width / svg.viewBox.baseVal.width, set: { ...set } };
    })()''' % (view(id), panel))
    numbers = {name: [float(one) for one in seen['set'][name].split()] for name in ('ns', 'x', 'y')}
    def at(ns):
        (low, high), (left, right) = numbers['ns'], numbers['x']
        return seen['x'] + (left + (ns - low) / (high - low) * (right - left)) * seen['unit']
    rows = {}
    for one in seen['set']['lanes'].split(','):
        ids, top, bottom = one.split()
        rows[ids] = seen['y'] + (float(bottom) - 10) * seen['unit']
    return at, rows
$(cat)
"
}
