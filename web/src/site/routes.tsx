import type { RouteObject } from "react-router";

/** Pages of the site itself: first run, demo inbox. */
export const routes: RouteObject[] = [
  { path: "/start", lazy: () => import("./StartPage") },
  { path: "/demo-inbox", lazy: () => import("./DemoInboxPage") },
  { path: "/signed-in", lazy: () => import("./SignedIn") },
];
