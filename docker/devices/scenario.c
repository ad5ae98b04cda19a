#include "scenario.h"

const struct eb_device eb_devices[] = {
    { "front-door", true },
    { "back-door", false },
    { "cellar-door", false },
    { "attic-sensor", true },
    { "kitchen-sensor", true },
    { "lift-1", false },
    { "parcel-service", true },
    { "stolen-sensor", true },
};
const size_t eb_device_count = sizeof(eb_devices) / sizeof(eb_devices[0]);

const struct eb_service eb_services[] = {
    { "security", "services/security/#" },
    { "maintenance", "services/maintenance/#" },
    { "front-desk", "services/front-desk/#" },
    { "access", "services/access/#" },
    { "ventilation", "services/ventilation/#" },
    { "wallboard", "services/dashboard/#" },
    { "tenant-2a", "services/tenants/flat-2a" },
};
const size_t eb_service_count = sizeof(eb_services) / sizeof(eb_services[0]);

const char *const eb_logbook_filters[] = { "locks/#", "sensors/#", "lifts/#", "deliveries/#",
    "weather/#" };
const size_t eb_logbook_filter_count = sizeof(eb_logbook_filters) / sizeof(eb_logbook_filters[0]);

#define TIME "2026-11-20T17:21:33Z"
#define LOCK_EVENT(id, type, data)                                                                 \
    EB_SPAN("{\"id\":\"" id "\",\"type\":\"" type "\",\"time\":\"" TIME "\",\"data\":{" data "}}")
#define READING(kind, value)                                                                       \
    EB_SPAN("{\"site\":\"berlin\",\"kind\":\"" kind "\",\"value\":" value ",\"time\":\"" TIME "\"" \
            "}")
#define DELIVERY(data)                                                                             \
    EB_SPAN("{\"id\":\"7d3f0a52-5d0c-4a39-9a0e-0c6f1b6a2f10\",\"type\":\"delivery.arrived\","      \
            "\"time\":\"" TIME "\",\"data\":{" data "}}")

const struct eb_step eb_steps[] = {
    {
        .title = "A door is opened: as agreed, and no service asked for it",
        .device = "front-door",
        .topic = "locks/front-door/events",
        .payload = LOCK_EVENT("f-1", "door.opened", "\"site\":\"berlin\",\"door\":\"Front\""),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
    },
    {
        .title = "Somebody is turned away: one service wants to know",
        .device = "front-door",
        .topic = "locks/front-door/events",
        .payload = LOCK_EVENT("f-2", "access.denied",
            "\"site\":\"berlin\",\"door\":\"Front\",\"method\":\"card\",\"reason\":\"unknown\""),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
        .copies = { { "security", "services/security/berlin/events", NULL } },
    },
    {
        .title = "A battery runs low: maintenance gets the three facts it needs",
        .device = "back-door",
        .topic = "locks/back-door/events",
        .payload = LOCK_EVENT(
            "b-1", "battery.low", "\"site\":\"berlin\",\"door\":\"Back\",\"percent\":12"),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
        .copies = { { "maintenance", "services/maintenance/berlin",
            "{\"lock\":\"back-door\",\"door\":\"Back\",\"percent\":12}" } },
        .is_worth_trying = true,
    },
    {
        .title = "A door is forced: several services, each in its own words",
        .device = "cellar-door",
        .topic = "locks/cellar-door/events",
        .payload = LOCK_EVENT("c-1", "door.forced", "\"site\":\"berlin\",\"door\":\"Cellar\""),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
        .copies = {
            { "security", "services/security/berlin/events", NULL },
            { "front-desk", "services/front-desk/berlin/messages",
                "\"Door Cellar was forced (lock cellar-door, " TIME ")\"" },
            { "security", "services/security/berlin/alarm/cellar-door",
                "{\"alarm\":\"door.forced\",\"door\":\"Cellar\",\"since\":\"" TIME
                "\",\"event\":\"*\"}" },
        },
    },
    {
        .title = "A battery at 140 percent: the lock is told no",
        .device = "front-door",
        .topic = "locks/front-door/events",
        .payload = LOCK_EVENT(
            "f-3", "battery.low", "\"site\":\"berlin\",\"door\":\"Front\",\"percent\":140"),
        .qos = 1,
        .fate = EB_FATE_REFUSED,
        .reason = "schema",
        .where = "/data/percent",
        .is_worth_trying = true,
    },
    {
        .title = "The same mistake in MQTT 3.1.1, which cannot say no: the dead letter does",
        .device = "back-door",
        .topic = "locks/back-door/events",
        .payload = LOCK_EVENT("b-2", "battery.low", "\"site\":\"berlin\",\"door\":\"Back\""),
        .qos = 1,
        .fate = EB_FATE_REFUSED,
        .reason = "schema",
        .where = "/data",
    },
    {
        .title = "Half a message at QoS 0: not JSON",
        .device = "cellar-door",
        .topic = "locks/cellar-door/events",
        .payload = EB_SPAN("{\"id\":\"c-2\",\"type\":\"door.opened\",\"data\":{"),
        .qos = 0,
        .fate = EB_FATE_REFUSED,
        .reason = "not-json",
    },
    {
        .title = "A temperature: delivered, and kept for whoever opens the wallboard",
        .device = "attic-sensor",
        .topic = "sensors/attic-sensor/readings",
        .payload = READING("temperature", "21.50"),
        .qos = 0,
        .fate = EB_FATE_DELIVERED,
        .copies = { { "wallboard", "services/dashboard/berlin/temperature/attic-sensor", NULL } },
    },
    {
        .title = "Smoke: one event, three services",
        .device = "attic-sensor",
        .topic = "sensors/attic-sensor/readings",
        .payload = READING("smoke", "0.42"),
        .qos = 2,
        .fate = EB_FATE_DELIVERED,
        .copies = {
            { "security", "services/security/berlin/events", NULL },
            { "maintenance", "services/maintenance/berlin", NULL },
            { "wallboard", "services/dashboard/berlin/smoke/attic-sensor", NULL },
        },
    },
    {
        .title = "Stale air: the number arrives as the sensor wrote it",
        .device = "kitchen-sensor",
        .topic = "sensors/kitchen-sensor/readings",
        .payload = READING("co2", "1450.50"),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
        .copies = {
            { "ventilation", "services/ventilation/berlin",
                "{\"sensor\":\"kitchen-sensor\",\"room\":\"unknown\",\"co2_ppm\":1450.50}" },
            { "wallboard", "services/dashboard/berlin/co2/kitchen-sensor", NULL },
        },
    },
    {
        .title = "A humidity of 190 percent: set aside, and the sensor need not care",
        .device = "kitchen-sensor",
        .topic = "sensors/kitchen-sensor/readings",
        .payload = READING("humidity", "190"),
        .qos = 1,
        .fate = EB_FATE_SET_ASIDE,
        .reason = "schema",
        .where = "/value",
    },
    {
        .title = "A lift with half-mended firmware: its contract only observes",
        .device = "lift-1",
        .topic = "lifts/lift-1/status",
        .payload = EB_SPAN("{\"floor\":\"three\",\"state\":\"idle\"}"),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
    },
    {
        .title = "A parcel at the door: only what its rules make of it goes on",
        .device = "parcel-service",
        .topic = "deliveries/parcel-service/events",
        .payload = DELIVERY("\"site\":\"berlin\",\"door\":\"Front\",\"recipient\":\"flat-2a\","
                            "\"access_code\":\"480913\",\"parcels\":2"),
        .qos = 1,
        .fate = EB_FATE_TAKEN,
        .copies = {
            { "access", "services/access/berlin/unlock",
                "{\"door\":\"Front\",\"code\":\"480913\",\"carrier\":\"parcel-service\","
                "\"delivery\":\"7d3f0a52-5d0c-4a39-9a0e-0c6f1b6a2f10\"}" },
            { "front-desk", "services/front-desk/berlin/messages",
                "\"parcel-service is at Front with 2 parcel(s)\"" },
            { "tenant-2a", "services/tenants/flat-2a",
                "{\"parcels\":2,\"status\":\"delivery.arrived\"}" },
        },
    },
    {
        .title = "A parcel without a code for the door: refused",
        .device = "parcel-service",
        .topic = "deliveries/parcel-service/events",
        .payload = DELIVERY("\"site\":\"berlin\",\"door\":\"Front\",\"recipient\":\"flat-2a\","
                            "\"parcels\":2"),
        .qos = 2,
        .fate = EB_FATE_REFUSED,
        .reason = "schema",
        .where = "/data",
    },
    {
        .title = "A lock on a topic nobody agreed on: the tree is closed",
        .device = "front-door",
        .topic = "locks/front-door/debug",
        .payload = EB_SPAN("{\"heap\":20148}"),
        .qos = 1,
        .fate = EB_FATE_REFUSED,
        .reason = "unknown-topic",
    },
    {
        .title = "A stolen sensor tells the access service to open: only the bus may",
        .device = "stolen-sensor",
        .topic = "services/access/berlin/unlock",
        .payload = EB_SPAN("{\"door\":\"Front\",\"code\":\"000000\",\"carrier\":\"me\"}"),
        .qos = 1,
        .fate = EB_FATE_REFUSED,
        .reason = "egress",
        .is_worth_trying = true,
    },
    {
        .title = "A topic the bus does not watch: any bytes, untouched",
        .device = "attic-sensor",
        .topic = "weather/roof",
        .payload = EB_SPAN("\x01\xff 17.4 C \x00 raw"),
        .qos = 1,
        .fate = EB_FATE_DELIVERED,
    },
};
const size_t eb_step_count = sizeof(eb_steps) / sizeof(eb_steps[0]);

const char *eb_fate_name(enum eb_fate fate)
{
    static const char *const names[] = {
        [EB_FATE_DELIVERED] = "delivered",
        [EB_FATE_REFUSED] = "refused",
        [EB_FATE_SET_ASIDE] = "set aside",
        [EB_FATE_TAKEN] = "taken",
        [EB_FATE_CUT_OFF] = "cut off",
    };
    return names[fate];
}
