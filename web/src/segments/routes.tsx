import type { RouteObject } from "react-router";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [
  { path: "/segments", lazy: () => import("./ListPage") },
  { path: "/segments/new", lazy: () => import("./EditPage") },
  { path: "/segments/:id", lazy: () => import("./EditPage") },
];
