import type { RouteObject } from "react-router";

/** Addresses of this package's pages. */
export const routes: RouteObject[] = [
  { path: "/channels", lazy: () => import("./ChannelsPage") },
  { path: "/channels/new", lazy: () => import("./ChannelPage") },
  { path: "/channels/:name", lazy: () => import("./ChannelPage") },
  { path: "/deliveries", lazy: () => import("./DeliveriesPage") },
  { path: "/suppressions", lazy: () => import("./SuppressionsPage") },
];
