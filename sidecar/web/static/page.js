// A link of the form /#token=… signs in: what stands behind # is sent to no server and stands in no log.
(function () {
  "use strict";
  function signIn() {
    var field = document.getElementById("token");
    var found = /^#token=([\w-]+)$/.exec(window.location.hash);
    if (!found) {
      return;
    }
    // Out of the address and the history in any case, also where somebody is signed in already.
    history.replaceState(null, "", window.location.pathname + window.location.search);
    if (field) {
      field.value = found[1];
      field.form.submit();
    }
  }
  window.addEventListener("hashchange", signIn);
  signIn();
})();

// Inside another program's page: say which page this is, so that its address can be kept and shared.
(function () {
  "use strict";
  if (window.parent === window) {
    return;
  }
  var at = window.location.pathname.indexOf("/ui/");
  // The beginning of a page is no address of its own.
  var hash = window.location.hash === "#title" ? "" : window.location.hash;
  window.parent.postMessage({
    app: "hors_les_murs",
    path: window.location.pathname.slice(at + 4) + window.location.search + hash,
    title: document.title
  }, window.location.origin);
})();

// After a form, keyboard and screen reader are where it says what became of it: at what is wrong or done, else at the heading of
// the part that the address names. Going to another page by a link leaves them at its beginning.
(function () {
  "use strict";
  var main = document.getElementById("content");
  var named = window.location.hash.length > 1 ? document.getElementById(window.location.hash.slice(1)) : null;
  var place = named && named !== main && main.contains(named) ? named : null;
  if (main.hasAttribute("data-answer")) {
    place = ['[aria-invalid="true"]', '[role="alert"]:not([hidden])', '[role="status"]', "h1"]
      .map(function (what) { return main.querySelector(what); }).find(Boolean);
  }
  if (place) {
    if (place.tabIndex < 0) {
      place.tabIndex = -1;
    }
    place.focus();
  }
})();

// A chosen file goes as text in an ordinary field: not every proxy lets files through.
(function () {
  "use strict";
  document.querySelectorAll("form[data-file-as-text]").forEach(function (form) {
    var chosen = form.querySelector("input[type=file]");
    var tooBig = form.querySelector("[data-too-big]");
    form.addEventListener("submit", function (event) {
      var file = chosen.files[0];
      if (!file) {
        return;
      }
      event.preventDefault();
      tooBig.hidden = file.size <= Number(form.dataset.most);
      if (!tooBig.hidden) {
        return;
      }
      var reader = new FileReader();
      // What cannot be read here is sent as it is.
      reader.onerror = function () { form.submit(); };
      reader.onload = function () {
        var text = String(reader.result);
        form.elements[form.dataset.fileAsText].value = text.slice(text.indexOf(",") + 1)
          .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
        form.elements.namedItem("name").value = file.name;
        chosen.disabled = true;
        form.enctype = "application/x-www-form-urlencoded";
        form.submit();
      };
      reader.readAsDataURL(file);
    });
    window.addEventListener("pageshow", function () { chosen.disabled = false; });
  });
})();

// What takes longer than one request carries on by itself.
(function () {
  "use strict";
  var form = document.querySelector("form[data-carry-on]");
  if (form) {
    window.setTimeout(function () { form.submit(); }, 500);
  }
})();
