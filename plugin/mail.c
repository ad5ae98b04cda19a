#include "mail.h"

#include "log.h"

enum {
    /* A publish takes the broker about a microsecond, and clients wait meanwhile. */
    ITEMS_A_CALLBACK = 50,
};

/* What cannot be published is lost: all of it is told again, or was asked for and can be again. */
static bool publish_some(struct eb_errand *errand, void *plugin)
{
    (void)plugin;
    struct eb_mail *mail = (struct eb_mail *)errand;
    if (mail->next == 0 && mail->line)
        eb_log(mail->line_level, "%s", mail->line);
    for (int i = 0; i < ITEMS_A_CALLBACK && mail->next < mail->count; i++)
        eb_publish_send(mail->publisher, &mail->items[mail->next++]);
    return mail->next == mail->count;
}

void eb_mail_init(struct eb_mail *mail, struct eb_publisher *publisher)
{
    *mail = (struct eb_mail){ .errand.run = publish_some, .publisher = publisher };
}

struct eb_publish eb_mail_item(struct eb_span topic, struct eb_span payload)
{
    return (struct eb_publish){
        .topic = topic,
        .payload = payload,
        .properties = { .payload_format = -1 },
    };
}
