// Text inside plotly's charts.

/** Plotly reads links and entities in a label; from a log they are text. */
export function escapeLabel(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Keeps a label apart from the lines that it crosses. */
export function halo(paint) {
  return Array(4).fill(`0 0 3px ${paint.surface}`).join(",");
}
