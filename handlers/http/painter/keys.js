/** The keyboard: undo and redo, the brush's width, zooming and panning. While one writes, keys are letters. */

const STEP_PX = 48;

const writing = ({ target }) => target.matches("textarea");
const free = ({ target }) => target === document.body || target.id === "stage";

/** acts: {undo(), redo(), resize(steps), zoom(factor), fit(), pan(dx, dy), space(held)} */
export function watchKeys(acts) {
  const plain = {
    "[": () => acts.resize(-5),
    "]": () => acts.resize(5),
    "+": () => acts.zoom(1.25),
    "=": () => acts.zoom(1.25),
    "-": () => acts.zoom(0.8),
    0: () => acts.fit(),
  };
  const onStage = {
    ArrowLeft: () => acts.pan(STEP_PX, 0),
    ArrowRight: () => acts.pan(-STEP_PX, 0),
    ArrowUp: () => acts.pan(0, STEP_PX),
    ArrowDown: () => acts.pan(0, -STEP_PX),
    " ": () => acts.space(true),
  };
  const withControl = (event) => {
    const key = event.key.toLowerCase();
    if (key === "y" || (key === "z" && event.shiftKey)) return acts.redo;
    return key === "z" ? acts.undo : undefined;
  };
  addEventListener("keydown", (event) => {
    if (writing(event) || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    const act = control ? withControl(event) : (plain[event.key] ?? (free(event) && onStage[event.key]));
    if (!act) return;
    event.preventDefault();
    act();
  });
  addEventListener("keyup", ({ key }) => key === " " && acts.space(false));
  addEventListener("blur", () => acts.space(false));
}
