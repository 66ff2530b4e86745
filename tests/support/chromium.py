"""A headless Chromium driven over the pipe of its DevTools protocol: pages are opened, pointed at, typed to and asked."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe", "about:blank",
]
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "Escape": 27, "Enter": 13,
        "Tab": 9, " ": 32}
PATIENCE = 60  # seconds that one answer may take on a busy machine


class Browser:
    """One tab. Errors of the page and of its console are kept in `console`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        to_read, self.write_end = os.pipe()
        self.read_end, to_write = os.pipe()

        def numbers():  # the two ends that Chromium knows by their numbers
            low = os.dup2(os.dup(to_read), 3), os.dup2(os.dup(to_write), 4)
            for one in low:
                os.set_inheritable(one, True)

        self.process = subprocess.Popen(["chromium", "--user-data-dir=" + self.folder, *ARGUMENTS], close_fds=False,
                                        preexec_fn=numbers, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.last, self.console, self.loaded, self.session = b"", 0, [], 0, None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for name in "Page", "Runtime", "Log":
            self.ask(name + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.buffer:
            piece = os.read(self.read_end, 1 << 16)
            if not piece or time.monotonic() > deadline:
                raise SystemExit("chromium gave no answer")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(line)
        name, values = message.get("method"), message.get("params", {})
        if name == "Page.loadEventFired":
            self.loaded += 1
        elif name == "Runtime.exceptionThrown":
            self.console.append(values["exceptionDetails"].get("exception", {}).get("description", "an error"))
        elif name == "Log.entryAdded" and values["entry"]["level"] == "error":
            self.console.append(values["entry"]["text"])
        return message

    def ask(self, method, **values):
        self.last += 1
        message = {"id": self.last, "method": method, "params": values}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise SystemExit("%s: %s" % (method, answer["error"]["message"]))
                return answer["result"]

    def size(self, width, height, phone=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.ask("Emulation.setTouchEmulationEnabled", enabled=phone)

    def media(self, kind="", **features):
        """kind: "print" or ""; features: names of media features with _ for -, and their values."""
        self.ask("Emulation.setEmulatedMedia", media=kind,
                 features=[{"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def scripts(self, wanted):
        self.ask("Emulation.setScriptExecutionDisabled", value=not wanted)

    def open(self, path):
        before = self.loaded
        self.ask("Page.navigate", url="file://" + os.path.abspath(path))
        while self.loaded == before:
            self.receive()

    def run(self, code):
        """What an expression is, as JSON knows it; promises are waited for."""
        result = self.ask("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit("%s\n%s" % (code, result["exceptionDetails"]["exception"].get("description")))
        return result["result"].get("value")

    def wait(self, code):
        deadline = time.monotonic() + PATIENCE
        while not self.run(code):
            if time.monotonic() > deadline:
                raise SystemExit("never came true: " + code)
            time.sleep(0.02)

    def mouse(self, kind, x, y, **values):
        """kind: Moved, Pressed, Released, Wheel."""
        if kind != "Moved" and kind != "Wheel":
            values.setdefault("button", "left")
            values["clickCount"] = 1
        self.ask("Input.dispatchMouseEvent", type="mouse" + kind, x=x, y=y, **values)

    def click(self, x, y):
        for kind in "Moved", "Pressed", "Released":
            self.mouse(kind, x, y)

    def touch(self, kind, *points):
        """kind: Start, Move, End; points: (x, y) of each finger that is down."""
        self.ask("Input.dispatchTouchEvent", type="touch" + kind, touchPoints=[{"x": x, "y": y, "id": i}
                                                                              for i, (x, y) in enumerate(points)])

    def key(self, key, shift=False):
        values = {"key": key, "modifiers": 8 if shift else 0, "windowsVirtualKeyCode": KEYS.get(key, ord(key[0].upper()))}
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **values)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **values)

    def shot(self, path):
        import base64
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def pdf(self, path):
        import base64
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("Page.printToPDF", printBackground=True)["data"]))


def same(found, wanted, what=""):
    if found != wanted:
        sys.exit("%s\nfound:  %r\nwanted: %r" % (what, found, wanted))


def true(found, what):
    if not found:
        sys.exit(what)
