import type { RouteObject } from "react-router";

/** Sources: connections, their set-up, runs, cleaning and refused rows; data quality with the rules of all sources. */
export const routes: RouteObject[] = [
  { path: "/sources", lazy: () => import("./SourcesPage") },
  { path: "/sources/new", lazy: () => import("./NewPage") },
  { path: "/sources/:id", lazy: () => import("./ConnectionPage") },
  { path: "/data-quality", lazy: () => import("./QualityPage") },
];
