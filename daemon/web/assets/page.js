/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script adds to pages that work without it: a choice of light or dark that is remembered,
 * buttons that copy, and "/" to search. It runs before the body is drawn, so that a page never
 * flashes in the other colours.
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
                        button.setAttribute("aria-label", "Colours: " + THEMES[name]);
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

        showTheme(theme());
        document.addEventListener("DOMContentLoaded", () => {
                showTheme(theme());
                document.getElementById("theme").addEventListener("click", nextTheme);
                for (const button of document.querySelectorAll("button.copy")) {
                        button.hidden = false;
                        button.setAttribute("aria-live", "polite");
                        button.addEventListener("click", onCopy);
                }
                document.addEventListener("keydown", onKey);
        });
})();
