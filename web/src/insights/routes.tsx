import type { RouteObject } from "react-router";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [{ path: "/tags", lazy: () => import("./TagsPage") }];
