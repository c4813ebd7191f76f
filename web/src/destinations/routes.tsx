import type { RouteObject } from "react-router";

/** Destinations: exports to files, databases and signed calls, their set-up, runs and refused rows. */
export const routes: RouteObject[] = [
  { path: "/destinations", lazy: () => import("./DestinationsPage") },
  { path: "/destinations/new", lazy: () => import("./NewPage") },
  { path: "/destinations/:id", lazy: () => import("./ExportPage") },
];
