// Everything here makes a page nicer that already works without it; live progress alone needs script.
// Strict CSP: nothing inline, no eval, styles only through the object model.
import htmx from "htmx.org";
import { start as bell } from "./bell.js";
import { start as chart } from "./chart.js";
import { start as columns } from "./columns.js";
import { start as copy } from "./copy.js";
import { start as dialog } from "./dialog.js";
import { start as fileDrop } from "./file-drop.js";
import { start as drawer } from "./drawer.js";
import { start as find } from "./find.js";
import { start as filter } from "./filter.js";
import { start as keys } from "./keys.js";
import { start as menu } from "./menu.js";
import { start as notes } from "./notes.js";
import { start as passkey } from "./passkey.js";
import { start as refused } from "./refused.js";
import { start as table } from "./table.js";
import { start as tabs } from "./tabs.js";
import { start as theme } from "./theme.js";
import { start as toast } from "./toast.js";

window.htmx = htmx;
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;

for (const start of [theme, menu, dialog, keys, table, filter, fileDrop, copy, toast, chart, columns, find, drawer, tabs, refused, passkey, bell, notes]) start();
