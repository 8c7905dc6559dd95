// Nextcloud loads this into our entry's page in its menu: an empty #content. It puts our pages there, in a frame, tells them
// theme and language, and keeps the address of the page around in step, so that it can be bookmarked, shared and gone back in:
// …/apps/app_api/embedded/hors_les_murs/home#/appointments/ID, or the same path without the #.
(function () {
  "use strict";
  var APP = "hors_les_murs";
  var THEMES = ["default", "light", "dark", "light-highcontrast", "dark-highcontrast"];
  var ours = /^(.*?)(?:\/index\.php)?\/apps\/app_api\/embedded\/hors_les_murs\/\w+(?=\/|$)/.exec(window.location.pathname);
  var place = document.getElementById("content");
  if (!ours || !place) {
    return;
  }
  var pages = ours[1] + "/index.php/apps/app_api/proxy/" + APP + "/ui/";

  // What the address says behind the #, else behind our own page's path; "" is the first page.
  function wanted() {
    var path = window.location.hash.length > 1 ? window.location.hash.slice(1) : window.location.pathname.slice(ours[0].length);
    return path.replace(/^\/+/, "");
  }

  // The address of one of our pages, told language and theme. What is no page of ours becomes the first one.
  function address(path) {
    var to = new URL(path, window.location.origin + pages);
    if (to.origin !== window.location.origin || to.pathname.indexOf(pages) !== 0) {
      to = new URL(pages, window.location.origin);
    }
    var language = (document.documentElement.lang || "").slice(0, 2).toLowerCase();
    var theme = (document.body.dataset.themes || "").split(",").find(function (name) { return THEMES.indexOf(name) >= 0; });
    if ((language === "fr" || language === "en") && !to.searchParams.has("lang")) {
      to.searchParams.set("lang", language);
    }
    if (theme) {
      to.searchParams.set("theme", theme);
    }
    return to.href;
  }

  // The same without what is told to every page, as it stands in the address around.
  function shown(path) {
    var at = new URL(path, window.location.origin + pages);
    at.searchParams.delete("lang");
    at.searchParams.delete("theme");
    return at.pathname.slice(pages.length) + at.search + at.hash;
  }

  var frame = document.createElement("iframe");
  frame.title = "Hors les murs";
  frame.src = address(wanted());
  Object.assign(frame.style, { border: "0", display: "block", width: "100%", height: "100%", minHeight: "70vh", flex: "1 1 auto" });
  frame.addEventListener("load", function () {
    // Into our page, unless somebody is at something else by now.
    if (!document.activeElement || document.activeElement === document.body) {
      frame.focus();
    }
  });
  place.replaceChildren(frame);

  var current = null;
  window.addEventListener("message", function (event) {
    if (event.origin !== window.location.origin || event.source !== frame.contentWindow) {
      return;
    }
    if (!event.data || event.data.app !== APP || typeof event.data.path !== "string") {
      return;
    }
    current = shown(event.data.path);
    if (event.data.title) {
      frame.title = document.title = String(event.data.title);
    }
    if (wanted() !== current || window.location.pathname !== ours[0]) {
      // The frame has made an entry in the history already: this one is renamed, and going back goes back in the frame.
      window.history.replaceState(window.history.state, "", ours[0] + window.location.search + (current ? "#/" + current : ""));
    }
  });

  // A link to another page of ours, or an address typed by hand.
  window.addEventListener("hashchange", function () {
    if (wanted() !== current) {
      frame.contentWindow.location.replace(address(wanted()));
    }
  });
})();
