/** Files dragged over the chat and let go. */

export function watchDrops(zone, hint, drop) {
  let depth = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (by) => {
    depth = Math.max(0, by === null ? 0 : depth + by);
    hint.hidden = depth === 0;
  };
  zone.addEventListener("dragenter", (event) => carries(event) && show(1));
  zone.addEventListener("dragleave", (event) => carries(event) && show(-1));
  zone.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(null);
    drop(event.dataTransfer.files);
  });
}
