using System.Text;

namespace ArchiveService.Features.Export;

/// <summary>What lies in the folder, for whoever opens it in thirty years.</summary>
public static class ExportReadMe
{
    public static string Of(ExportCounts counts)
    {
        var text = new StringBuilder()
            .Append("# Uttag ur arkivet\n\n")
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"Gjort {counts.ExportedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Form: `{counts.Format}`. Allt innehåll står i klartext, även det som är sekretessmarkerat ({counts.Records["secret"]} handlingar) eller obedömt ({counts.Records["unassessed"]}): förvara mappen därefter.\n")
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"{counts.Records["destroyed"]} handlingar är gallrade och står som stubbar. {counts.Records["locked"]} är låsta (misstänkt barnpornografibrott): deras innehåll och filer är inte med.\n\n")
            .Append("`manifest-sha256.txt` har SHA-256 för varje fil (`sha256sum -c manifest-sha256.txt`). `counts.json` säger hur mycket som finns av allt.\n\n")
            .Append("## events.ndjson\n\nEn händelse per rad, i loggens ordning: arkivet i sin helhet. `leaf` är händelsen som den undertecknats (RFC 8785), `content` säger om det förseglade är `open`, `destroyed`, `locked` eller `none`, `opened` har varje öppnad del med `text` eller `base64` och `salt` till dess åtagande.\n\n")
            .Append("## attachments.ndjson, attachments/, deliveries/\n\nEn bilaga per rad: `attachment`, `record`, `event`, `bytes`, `mediaType`, `fileName`, `file` (null: låst), `salt`, `commitment`. Filerna ligger i `attachments/HANDLING/BILAGA`, mottagna leveranser över 1 MiB i `deliveries/LEVERANS`.\n\n");
        foreach (var table in ExportTables.All)
        {
            text.Append("## ").Append(table.File).Append("\n\n").Append(table.What).Append("\n\n");
            foreach (var (name, meaning) in table.Members) text.Append("- `").Append(name).Append("`: ").Append(meaning).Append('\n');
            text.Append('\n');
        }

        return text.ToString();
    }
}
