// Looks at pages as readers do: in a browser, light and dark, at the width of a desk and of a phone.
//   node looks.mjs check PAGE...          says what is wrong, and fails on it
//   node looks.mjs pictures FOLDER PAGE...
//   node looks.mjs busy TSV...            prints an mbox: a day of 443 drafts with the titles and abstracts of the tables
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import rules from "./html-validate.mjs";

const tools = createRequire(resolve("target/tools/looks/package.json"));
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const SEVERE = ["serious", "critical"];
// Outlook leaves the media query alone and marks what it has recoloured.
const SCHEMES = { light: "light", dark: "dark", outlook: "light" };

async function browser() {
  const { chromium } = tools("playwright-core");
  const executablePath = execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"]).toString().trim();
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
}

/** Opens each page in turn in one window, with nothing but files within reach. */
async function visit(running, pages, scheme, viewport, look) {
  const context = await running.newContext({ colorScheme: SCHEMES[scheme], viewport, offline: true });
  const tab = await context.newPage();
  for (const page of pages) {
    await tab.goto(pathToFileURL(resolve(page)).href);
    if (scheme === "outlook") {
      await tab.evaluate(() => Object.assign(document.body.dataset, { ogsc: "", ogsb: "" }));
    }
    await look(tab, page);
  }
  await context.close();
}

/** Runs in the page: what a thumb cannot hit, what is too small to read, what has to be pushed sideways. */
function measure() {
  const found = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.push(`is ${document.documentElement.scrollWidth} px wide`);
  }
  for (const link of document.querySelectorAll("a[href]")) {
    const height = link.getBoundingClientRect().height;
    if (shown(link) && height < 44) {
      found.push(`a link of ${height.toFixed(1)} px: ${link.textContent.trim()}`);
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement, textContent } = texts.currentNode;
    const size = parseFloat(getComputedStyle(parentElement).fontSize);
    if (textContent.trim() && shown(parentElement) && size < 13) {
      found.push(`type of ${size} px: ${textContent.trim()}`);
    }
  }
  return found;
}

async function check(pages) {
  const axe = readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");
  const problems = [];
  const lesser = new Map();
  let runs = 0;
  const running = await browser();
  const looks = [["light", DESK], ["dark", PHONE], ["dark", DESK], ["light", PHONE], ["outlook", DESK]];
  const worker = async () => {
    for (let next = looks.shift(); next; next = looks.shift()) {
      const [scheme, size] = next;
      await visit(running, pages, scheme, size, async (tab, page) => {
        const where = `${page} (${scheme}, ${size.width} px)`;
        await tab.evaluate(axe);
        const { violations } = await tab.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
        runs += 1;
        for (const { id, impact, nodes } of violations) {
          if (SEVERE.includes(impact)) {
            problems.push(`${where}: ${id}, ${impact}, ${nodes.length} times, first ${nodes[0].html.slice(0, 160)}`);
          } else {
            lesser.set(id, (lesser.get(id) ?? 0) + nodes.length);
          }
        }
        if (size === PHONE && scheme === "light") {
          problems.push(...(await tab.evaluate(measure)).map((what) => `${where}: ${what}`));
        }
      });
    }
  };
  await Promise.all([worker(), worker()]);
  await running.close();

  const { HtmlValidate } = tools("html-validate");
  const report = await new HtmlValidate(rules).validateMultipleFiles(pages);
  for (const { filePath, messages } of report.results) {
    problems.push(...messages.map(({ ruleId, line, message }) => `${filePath}:${line}: ${ruleId}: ${message}`));
  }
  problems.forEach((problem) => console.error(problem));
  const counted = [...lesser].map(([id, count]) => `${id} ${count}`).join(", ") || "none";
  console.log(`${pages.length} pages, ${runs} looks, ${problems.length} problems; of lesser weight: ${counted}`);
  return problems.length === 0;
}

async function pictures(folder, pages) {
  mkdirSync(folder, { recursive: true });
  const running = await browser();
  for (const scheme of ["light", "dark"]) {
    for (const size of [DESK, PHONE]) {
      await visit(running, pages, scheme, size, async (tab, page) => {
        const name = `${basename(dirname(page))}-${basename(page, ".html")}-${size.width}-${scheme}.png`;
        await tab.screenshot({ path: resolve(folder, name), fullPage: true });
        console.log(resolve(folder, name));
      });
    }
  }
  await running.close();
  return true;
}

function busy(tables) {
  const rows = tables
    .flatMap((table) => readFileSync(table, "utf8").split("\n"))
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split("\t"));
  for (let at = 0; at < 443; at += 1) {
    const [, group, name, title, abstract] = rows[at % rows.length];
    const stem = name.replace(/-\d\d$/, "");
    const revision = at % 4 === 0 ? "00" : String(1 + (at % 17)).padStart(2, "0");
    const file = `${at < rows.length ? stem : `${stem}-${at}`}-${revision}.txt`;
    const work = group && /^draft-ietf-/.test(stem) ? `   This Internet-Draft is a work item of the ${group.toUpperCase()} (${group}) WG of the\n   IETF.\n\n` : "";
    console.log(
      `From busy@ietf.org Fri Nov 28 12:00:00 2025\nFrom: internet-drafts@ietf.org\nTo: i-d-announce@ietf.org\n` +
        `Message-ID: <busy-${at}@ietf.org>\nDate: Fri, 28 Nov 2025 12:00:00 +0000\nSubject: I-D Action: ${file}\n` +
        `List-Id: <i-d-announce.ietf.org>\n\nInternet-Draft ${file} is now available.\n\n${work}   Title:   ${title}\n` +
        `   Authors: Ada Example\n            Grace Sample\n   Name:    ${file}\n   Pages:   ${10 + (at % 40)}\n` +
        `   Dates:   2025-11-28\n\nAbstract:\n\n   ${abstract}\n\nThe IETF datatracker status page for this Internet-Draft is:\n` +
        `https://datatracker.ietf.org/doc/${stem}/\n`,
    );
  }
  return true;
}

const [, , what, ...rest] = process.argv;
const done = { check: () => check(rest), pictures: () => pictures(rest[0], rest.slice(1)), busy: () => busy(rest) }[what];
if (!done) {
  console.error("usage: looks.mjs check PAGE... | pictures FOLDER PAGE... | busy TSV...");
  process.exit(2);
}
process.exitCode = (await done()) ? 0 : 1;
