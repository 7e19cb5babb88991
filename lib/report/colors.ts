/**
 * Colors of runs: hues of the palette of Okabe & Ito (2008), "Color Universal Design", which was made for color-blind readers; some are
 * darker on a light page and lighter on a dark one, for a contrast of 3 : 1. Lines of training and validation also differ by dashes.
 */
export const RUN_COLORS = {
  light: ['#0072b2', '#d55e00', '#009e73', '#b8578f', '#b37b00', '#3a9bd1', '#555555'],
  dark: ['#56b4e9', '#ff8a3d', '#2bc49a', '#e893c0', '#f0c23b', '#9fb4ff', '#c8c8c8'],
} as const;

/** How many runs differ by color alone; further ones differ by their dashes too. */
export const COLORS = RUN_COLORS.light.length;
