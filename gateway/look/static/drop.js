// Lets a file be dropped on the form; without this script the form works by its file field.
"use strict";
const zone = document.getElementById("drop");
if (zone) {
  const field = zone.querySelector("input[type=file]");
  const over = (on) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length === 1) {
      field.files = event.dataTransfer.files;
      zone.requestSubmit();
    }
  });
}
