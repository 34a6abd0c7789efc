/*
 * Drives an installed Chromium over its debugging pipe: node alone, no port, nothing to install.
 *
 *     const browser = await launch();           // undefined where there is no Chromium; CHROMIUM names one
 *     const page = await browser.open("file:///…/cards.html");
 *     await page.press("3");
 *     await page.run(() => document.title);
 */
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];
const KEYS = {
  " ": { code: "Space", text: " ", windowsVirtualKeyCode: 32 },
  Enter: { code: "Enter", text: "\r", windowsVirtualKeyCode: 13 },
  Tab: { code: "Tab", windowsVirtualKeyCode: 9 },
  ArrowLeft: { code: "ArrowLeft", windowsVirtualKeyCode: 37 },
  ArrowRight: { code: "ArrowRight", windowsVirtualKeyCode: 39 },
};

const found = () => [process.env.CHROMIUM, ...NAMES].find((name) => name && spawnSync(name, ["--version"]).status === 0);

async function launch() {
  const program = found();
  if (program === undefined) return undefined;
  const profile = mkdtempSync(join(tmpdir(), "workbook-browser-"));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , to, from] = child.stdio;

  // One JSON text after the other, each with a zero byte behind it.
  let last = 0;
  let rest = "";
  const waiting = new Map();
  const listeners = new Set();
  from.setEncoding("utf8");
  from.on("data", (text) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop();
    for (const message of parts.map((part) => JSON.parse(part))) {
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (!answer) for (const listener of listeners) listener(message);
      else if (message.error) answer.reject(new Error(message.error.message));
      else answer.resolve(message.result);
    }
  });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  gone.then(() => waiting.forEach(({ reject }) => reject(new Error("Chromium has ended"))));
  const call = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      to.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });

  async function open(url, { scripts = true, width = 900, height = 900, downloads } = {}) {
    const { targetId } = await call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
    const send = (method, params) => call(method, params, sessionId);
    await send("Page.enable");
    await send("Runtime.enable");
    await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await send("Emulation.setFocusEmulationEnabled", { enabled: true });
    if (!scripts) await send("Emulation.setScriptExecutionDisabled", { value: true });
    if (downloads) await call("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads });

    const problems = [];
    const dialogs = [];
    const heard = (message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Runtime.exceptionThrown") problems.push(message.params.exceptionDetails.exception?.description ?? "?");
      if (message.method === "Page.javascriptDialogOpening") {
        dialogs.push(message.params.type);
        send("Page.handleJavaScriptDialog", { accept: true }).catch(() => {});
      }
    };
    listeners.add(heard);

    function loaded() {
      return new Promise((resolve) => {
        const listener = (message) => {
          if (message.sessionId !== sessionId || message.method !== "Page.loadEventFired") return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    }

    async function go(url) {
      const there = loaded();
      await send("Page.navigate", { url });
      await there;
    }

    async function run(action, ...values) {
      const expression = `(${action})(...${JSON.stringify(values)})`;
      const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    }

    async function press(key) {
      const { text = key, ...more } = KEYS[key] ?? { code: /\d/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`, windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0) };
      const typed = text.length === 1 ? { text } : {};
      await send("Input.dispatchKeyEvent", { type: "keyDown", key, ...more, ...typed });
      await send("Input.dispatchKeyEvent", { type: "keyUp", key, ...more });
    }

    async function reload() {
      const there = loaded();
      await send("Page.reload");
      await there;
    }

    await go(url);
    return { send, go, run, press, reload, problems, dialogs, close: () => call("Target.closeTarget", { targetId }) };
  }

  async function close() {
    await call("Browser.close").catch(() => {});
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }

  return { open, close };
}

module.exports = { launch };
