using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.X;

namespace ArchiveService.Capture.Tests.X;

/// <summary>Alone, because it measures the process. The whole five gigabytes: ARCHIVESERVICE_LARGE=5000.</summary>
[CollectionDefinition(nameof(Reading_a_large_x_archive), DisableParallelization = true)]
[Collection(nameof(Reading_a_large_x_archive))]
public sealed class Reading_a_large_x_archive
{
    private static readonly long Megabytes = long.TryParse(Environment.GetEnvironmentVariable("ARCHIVESERVICE_LARGE"), out var megabytes) ? megabytes : 40;

    [Theory]
    [InlineData("data/tweets.js", "window.YTD.tweets.part0 = [", "{\"tweet\":{\"id_str\":\"#\",\"created_at\":\"Sat Feb 18 12:33:11 +0000 2023\",\"full_text\":\"~\"}}", "]")]
    [InlineData("data/direct-messages.js", "window.YTD.direct_messages.part0 = [{\"dmConversation\":{\"conversationId\":\"1-2\",\"messages\":[", "{\"messageCreate\":{\"id\":\"#\",\"senderId\":\"1\",\"text\":\"~\",\"createdAt\":\"2023-06-03T20:00:00.000Z\"}}", "]}}]")]
    [InlineData("messages/inbox/kim_1/message_1.json", "{\"messages\":[", "{\"sender_name\":\"Kim\",\"timestamp_ms\":16#,\"content\":\"~\"}", "]}")]
    public async Task does_not_hold_it_in_memory(string name, string begin, string entry, string end)
    {
        var folder = Directory.CreateTempSubdirectory("capture-tests-");
        try
        {
            var file = Path.Combine(folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var written = 0;
            await using (var writer = new StreamWriter(file, append: false, new UTF8Encoding(false), 1 << 20))
            {
                await writer.WriteAsync(begin);
                for (var text = new string('x', 4_000); writer.BaseStream.Position < Megabytes * 1_000_000; written++)
                    await writer.WriteAsync((written == 0 ? "" : ",") + entry.Replace("#", $"{10_000_000_000 + written}", StringComparison.Ordinal).Replace("~", text, StringComparison.Ordinal));
                await writer.WriteAsync(end);
            }

            var limits = new ArchiveLimits { MaxRatio = 1000 };
            var opened = name.EndsWith(".js", StringComparison.Ordinal) ? await XArchive.Open(folder.FullName, limits) : await MetaExport.Open(folder.FullName, instagram: false, limits);
            await using var export = Assert.IsType<ImportOpened.Ready>(opened).File;
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var (count, most) = (0, 0L);
            await foreach (var read in export.ReadActs(Given.Now, default))
            {
                Assert.IsType<ReadAct.Accepted>(read);
                if (++count % 3_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }

            Assert.Equal(written, count);
            Assert.True(most < 4_000_000, $"{most} bytes held of a file of {Megabytes} MB");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
