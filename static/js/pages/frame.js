// What every page starts: the connection, the banner, STOP, the sidebar, and the keys that work everywhere.

import "../elements/banner.js";
import "../elements/frame.js";
import "../elements/keys-dialog.js";
import "../elements/stop-button.js";
import { listenToKeys } from "../core/keyboard.js";
import { keepPresses } from "../core/press.js";
import { guardButtons } from "../core/rights.js";
import { start } from "../core/studio.js";
import { sidebar } from "../elements/frame.js";

const page = new AbortController();

/** @param {{operating?: boolean, keys?: import("../core/keyboard.js").PageKeys}} [options] */
export function openPage({ operating = false, keys = {} } = {}) {
  const closeSidebar = sidebar(page.signal);
  const escape = () => closeSidebar() || Boolean(keys.escape?.());
  listenToKeys({ operating, page: { ...keys, escape }, signal: page.signal });
  guardButtons(page.signal);
  keepPresses(page.signal);
  start();
  return page.signal;
}

