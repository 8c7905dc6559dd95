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
  window.parent.postMessage({
    app: "hors_les_murs",
    path: window.location.pathname.slice(at + 4) + window.location.search + window.location.hash,
    title: document.title
  }, window.location.origin);
})();
