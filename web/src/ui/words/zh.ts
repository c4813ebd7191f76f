import { gather } from "./gather";

export const words = gather(import.meta.glob("../../**/zh.json", { eager: true, import: "default" }));
