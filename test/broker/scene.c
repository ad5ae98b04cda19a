#include "scene.h"

#include "peer.h"

static const struct {
    const char *path;
    const char *text;
} files[] = {
    { "event-bus/event-bus.json",
        "{\n"
        "  \"version\": 1,\n"
        "  \"schemas\": { \"directory\": \"schemas\" },\n"
        "  \"contracts\": \"contracts\", \"rules\": \"rules\",\n"
        "  \"ingress\": [ { \"topic\": \"closed/#\", \"unknown\": \"reject\" } ],\n"
        "  \"egress\": [ \"services/#\" ],\n"
        "  \"targets\": [ \"services/#\" ],\n"
        "  \"limits\": { \"event_bytes\": 2000000 }\n"
        "}\n" },
    { "event-bus/schemas/reading/1.json",
        "{\n"
        "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
        "  \"type\": \"object\",\n"
        "  \"required\": [\"id\", \"percent\"],\n"
        "  \"properties\": {\n"
        "    \"id\": { \"type\": \"string\" },\n"
        "    \"percent\": { \"type\": \"number\", \"maximum\": 100 }\n"
        "  }\n"
        "}\n" },
    { "event-bus/contracts/rejecting.json",
        "{ \"topic\": \"reject/#\", \"schema\": \"reading@1\" }\n" },
    { "event-bus/contracts/silent.json",
        "{ \"topic\": \"silent/#\", \"schema\": \"reading@1\", \"dead_letter\": false }\n" },
    { "event-bus/contracts/quarantining.json",
        "{ \"topic\": \"quarantine/#\", \"schema\": \"reading@1\","
        " \"on_violation\": \"quarantine\" }\n" },
    { "event-bus/contracts/short.json",
        "{ \"topic\": \"q\", \"schema\": \"reading@1\", \"on_violation\": \"quarantine\" }\n" },
    { "event-bus/contracts/disconnecting.json",
        "{ \"topic\": \"disconnect/#\", \"schema\": \"reading@1\","
        " \"on_violation\": \"disconnect\" }\n" },
    { "event-bus/contracts/observing.json", "{ \"topic\": \"observe/#\", \"schema\": \"reading@1\","
                                            " \"on_violation\": \"observe\" }\n" },
    { "event-bus/contracts/consuming.json",
        "{ \"topic\": \"consume/#\", \"schema\": \"reading@1\", \"original\": \"consume\" }\n" },
    { "event-bus/contracts/full.json",
        "{ \"topic\": \"full/#\", \"schema\": \"reading@1\", \"empty\": \"refuse\" }\n" },
    { "event-bus/contracts/closed-known.json",
        "{ \"topic\": \"closed/known\", \"schema\": \"reading@1\" }\n" },
    { "event-bus/rules/trees.json",
        "{\n"
        "  \"from\": [\"reject/#\", \"quarantine/#\", \"observe/#\", \"consume/#\"],\n"
        "  \"to\": [ { \"topic\": \"services/${$mqtt.level[0]}\" } ]\n"
        "}\n" },
    { "event-bus/rules/low.json",
        "{\n"
        "  \"from\": [\"reject/#\"],\n"
        "  \"when\": { \"percent\": [ { \"numeric\": [\"<\", 20] } ] },\n"
        "  \"to\": [ { \"topic\": \"services/low\",\n"
        "            \"payload\": { \"who\": \"${id}\", \"at\": \"${$mqtt.topic}\" } } ]\n"
        "}\n" },
    { "event-bus/rules/three.json",
        "{\n"
        "  \"from\": [\"three/#\"],\n"
        "  \"to\": [ { \"topic\": \"services/three/a\" },\n"
        "          { \"topic\": \"services/three/${id}\", \"qos\": 2,\n"
        "            \"payload\": { \"percent\": \"${percent}\" } },\n"
        "          { \"topic\": \"services/three/last\", \"qos\": 0, \"retain\": true } ]\n"
        "}\n" },
    { "event-bus/rules/raw.json", "{ \"from\": [\"raw/#\"], \"empty\": true, \"to\": [ { "
                                  "\"topic\": \"services/raw\" } ] }\n" },
};

void eb_scene_prepare(struct eb_server *server)
{
    eb_server_prepare(server);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        eb_server_write(server, files[i].path, files[i].text);
}

static struct eb_server shared;

int eb_scene_open(void **state)
{
    *state = &shared;
    eb_scene_prepare(&shared);
    eb_server_start(&shared, EB_SCENE_LINES);
    return 0;
}

int eb_scene_leave(void **state)
{
    eb_peer_free_all(*state);
    return 0;
}

int eb_scene_close(void **state)
{
    return eb_server_finish(*state);
}
