// A link of the form /#token=… signs in: what stands behind # is sent to no server and stands in no log.
(function () {
  "use strict";
  var field = document.getElementById("token");
  var found = /^#token=([\w-]+)$/.exec(window.location.hash);
  if (field && found) {
    history.replaceState(null, "", window.location.pathname);
    field.value = found[1];
    field.form.submit();
  }
})();
