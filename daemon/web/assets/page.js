/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script adds to pages that work without it: a choice of light or dark that is remembered,
 * buttons that copy, lists that follow what is typed, "/" to search, and an overview that stays
 * fresh. It runs before the body is drawn, so that a page never flashes in the other colours.
 */
"use strict";

(() => {
        const root = document.documentElement;
        const THEMES = { auto: "Light or dark as the system", light: "Light", dark: "Dark" };

        function theme() {
                try {
                        const kept = localStorage.getItem("theme");
                        return kept in THEMES ? kept : "auto";
                } catch {
                        return "auto"; /* storage is switched off */
                }
        }

        function showTheme(name) {
                const button = document.getElementById("theme");

                if (name === "auto")
                        root.removeAttribute("data-theme");
                else
                        root.dataset.theme = name;
                if (button) {
                        button.hidden = false;
                        button.textContent = name[0].toUpperCase() + name.slice(1);
                        button.title = THEMES[name];
                        button.setAttribute("aria-label", button.textContent + " colours");
                }
        }

        function nextTheme() {
                const names = Object.keys(THEMES);
                const name = names[(names.indexOf(theme()) + 1) % names.length];

                try {
                        localStorage.setItem("theme", name);
                } catch {
                        /* it holds for this page only */
                }
                showTheme(name);
        }

        /* The modern way needs HTTPS or localhost; the old one works on any address. */
        async function copy(block) {
                try {
                        await navigator.clipboard.writeText(block.textContent);
                        return true;
                } catch {
                        getSelection().selectAllChildren(block);
                        return document.execCommand("copy");
                }
        }

        function onCopy(event) {
                const button = event.currentTarget;

                copy(button.closest("figure").querySelector("pre")).then((done) => {
                        button.textContent = done ? "Copied" : "Press Ctrl+C";
                        setTimeout(() => { button.textContent = "Copy"; }, 2000);
                });
        }

        function onKey(event) {
                const search = document.querySelector("input[type=search]");
                const typing = event.target.closest("input, select, textarea");

                if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey) {
                        event.preventDefault();
                        search.focus();
                        search.select();
                }
        }

        /* The part of the page at @url with this id takes the place of ours. */
        async function renew(url, id, signal) {
                const answer = await fetch(url, { signal });

                if (!answer.ok)
                        throw new Error(answer.statusText);

                const html = await answer.text();
                const page = new DOMParser().parseFromString(html, "text/html");

                document.getElementById(id).replaceWith(page.getElementById(id));
                document.title = page.title;
                enliven();
        }

        /* Results follow what is typed; Enter, and a browser without script, ask for a page. */
        function followTyping(form) {
                let waiting, last;

                form.addEventListener("input", () => {
                        const query = new URLSearchParams(new FormData(form));

                        for (const [name, value] of [...query])
                                if (!value)
                                        query.delete(name);
                        clearTimeout(waiting);
                        waiting = setTimeout(() => {
                                const url = form.getAttribute("action") + (query.size ? "?" : "") + query;

                                last?.abort();
                                last = new AbortController();
                                renew(url, "results", last.signal)
                                        .then(() => history.replaceState(null, "", url))
                                        .catch(() => {});
                        }, 200);
                });
        }

        /* A page that looks alive and is old would be worse than none. */
        function tellThatItIsOld() {
                const told = document.getElementById("old") ?? document.createElement("p");

                told.id = "old";
                told.className = "banner error";
                told.setAttribute("role", "alert");
                told.textContent = "notafter does not answer. What you see here is old.";
                document.getElementById("main").prepend(told);
        }

        /* Not while somebody reads on, selects or has moved into the page. */
        function stayFresh() {
                const main = document.getElementById("main");
                const busy = document.hidden || scrollY > 200 || !getSelection().isCollapsed ||
                             main.contains(document.activeElement) || main.querySelector("details[open]");

                if (!busy)
                        renew(location.href, "main").catch(tellThatItIsOld);
        }

        /* Of what came with the page, and of what came later. */
        function enliven() {
                for (const button of document.querySelectorAll("button.copy[hidden]")) {
                        button.hidden = false;
                        button.setAttribute("aria-live", "polite");
                        button.addEventListener("click", onCopy);
                }
        }

        showTheme(theme());
        document.addEventListener("DOMContentLoaded", () => {
                showTheme(theme());
                document.getElementById("theme").addEventListener("click", nextTheme);
                document.addEventListener("keydown", onKey);
                document.querySelectorAll("form.filter").forEach(followTyping);
                if (location.pathname === "/")
                        setInterval(stayFresh, 30000);
                enliven();
        });
})();
