/** Colours and measures: one accent, three states, one grey scale, equal in light and dark. */
import { theme as antd, type ThemeConfig } from "antd";

export type Scheme = "light" | "dark";

export interface Palette {
  accent: string;
  good: string;
  attention: string;
  stop: string;
  ink: string;
  soft: string;
  faint: string;
  line: string;
  paper: string;
  raised: string;
  sunken: string;
  band: string;
}

export const PALETTES: Record<Scheme, Palette> = {
  light: {
    accent: "#2457d6",
    good: "#14744a",
    attention: "#96570a",
    stop: "#b3352b",
    ink: "#1b1f27",
    soft: "#525a67",
    faint: "#69717f",
    line: "#e3e6eb",
    paper: "#f7f8fa",
    raised: "#ffffff",
    sunken: "#eff1f4",
    band: "#2457d622",
  },
  dark: {
    accent: "#7ea2ff",
    good: "#5cc796",
    attention: "#e5ac52",
    stop: "#f08a80",
    ink: "#e7eaf0",
    soft: "#aeb6c3",
    faint: "#929bab",
    line: "#2c313b",
    paper: "#13161c",
    raised: "#1a1e26",
    sunken: "#21262f",
    band: "#7ea2ff2e",
  },
};

/** Grounds of messages: Ant Design would mix them from our dark state colours, and make mud of them. */
const GROUNDS: Record<Scheme, Record<string, string>> = {
  light: {
    colorSuccessBg: "#eaf5ef",
    colorSuccessBorder: "#b9dec9",
    colorWarningBg: "#fcf3e3",
    colorWarningBorder: "#ecd6ad",
    colorErrorBg: "#fcedeb",
    colorErrorBorder: "#f0c8c3",
    colorInfoBg: "#ecf1fd",
    colorInfoBorder: "#c2d2f7",
  },
  dark: {
    colorSuccessBg: "#17281f",
    colorSuccessBorder: "#2c5a44",
    colorWarningBg: "#2b2315",
    colorWarningBorder: "#5d4922",
    colorErrorBg: "#2e1c1b",
    colorErrorBorder: "#693833",
    colorInfoBg: "#192338",
    colorInfoBorder: "#334a7e",
  },
};

const FONT = "var(--font)";

/** People who asked their machine for less motion get none: popups then open at once, at their place. */
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Ant Design's tokens from our palette. */
export function themeOf(scheme: Scheme): ThemeConfig {
  const p = PALETTES[scheme];
  return {
    algorithm: scheme === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: p.accent,
      colorPrimaryHover: scheme === "dark" ? "#9db8ff" : "#1d49bb",
      colorLink: p.accent,
      colorSuccess: p.good,
      colorWarning: p.attention,
      colorError: p.stop,
      ...GROUNDS[scheme],
      colorTextBase: p.ink,
      colorTextSecondary: p.soft,
      colorTextTertiary: p.faint,
      colorTextDescription: p.soft,
      colorTextPlaceholder: p.faint,
      colorBgBase: p.raised,
      colorBgLayout: p.paper,
      colorBgContainer: p.raised,
      colorBgElevated: scheme === "dark" ? p.sunken : p.raised,
      colorBorderSecondary: p.line,
      borderRadius: 6,
      fontFamily: FONT,
      fontSize: 14,
      controlHeight: 32,
      motion: !STILL.matches,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
    },
    components: {
      Button: scheme === "dark" ? { primaryColor: "#0d1426" } : {},
      Table: { cellPaddingBlock: 9, cellPaddingInline: 12, headerBg: p.raised, headerColor: p.soft, headerSplitColor: "transparent" },
      Card: { headerFontSize: 14, headerHeight: 44, bodyPadding: 16 },
      Menu: { itemBg: "transparent", subMenuItemBg: "transparent", itemHeight: 34, itemBorderRadius: 6 },
      Layout: { bodyBg: p.paper, siderBg: p.paper, headerBg: p.paper, lightSiderBg: p.paper },
    },
  };
}
