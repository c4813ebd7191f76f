/** Every address of the pages. Each package brings its own; all pages but the shell are loaded when first opened. */
import { createBrowserRouter, type RouteObject } from "react-router";
import { routes as autopilot } from "@/autopilot/routes";
import { routes as content } from "@/content/routes";
import { routes as customers } from "@/customers/routes";
import { routes as delivery } from "@/delivery/routes";
import { routes as destinations } from "@/destinations/routes";
import { routes as events } from "@/events/routes";
import { publicRoutes, routes as governance } from "@/governance/routes";
import { routes as insights } from "@/insights/routes";
import { routes as segments } from "@/segments/routes";
import { routes as sources } from "@/sources/routes";
import { Broken } from "./Broken";
import { NotFound } from "./NotFound";
import { routes as site } from "./routes";
import { Shell } from "./Shell";

const inside: RouteObject[] = [
  ...site,
  ...autopilot,
  ...customers,
  ...events,
  ...segments,
  ...insights,
  ...sources,
  ...destinations,
  ...content,
  ...delivery,
  ...governance,
  { path: "*", element: <NotFound /> },
];

/** Nothing is drawn while the first page is on its way; a flash of grey would only be noise. */
const Nothing = () => null;

export const router = createBrowserRouter([
  ...publicRoutes.map((route) => ({ errorElement: <Broken />, HydrateFallback: Nothing, ...route })),
  { element: <Shell />, HydrateFallback: Nothing, errorElement: <Broken />, children: [{ errorElement: <Broken />, children: inside }] },
]);
