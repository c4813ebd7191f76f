import type { RouteObject } from "react-router";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [
  { path: "/imports", lazy: () => import("./ImportsPage") },
  { path: "/imports/new", lazy: () => import("./NewImportPage") },
  { path: "/imports/:id", lazy: () => import("./ImportPage") },
  { path: "/events", lazy: () => import("./EventsPage") },
];
