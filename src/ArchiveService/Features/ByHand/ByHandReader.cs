using System.Text;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Features.ByHand;

/// <summary>Reads what was written down by hand from its sealed delivery, on any platform.</summary>
public sealed class ByHandReader : IDeliveryReader
{
    public string Platform => ProcessDelivery.AnyPlatform;

    public string Form => CaptureByHand.Form;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            var form = root.GetProperty("form");
            var command = form.Deserialize<CaptureByHand>(CaptureByHand.Web)!;
            var files = root.GetProperty("files").EnumerateArray().Select(file => new ActAttachment(
                null, file.GetProperty("fileName").GetString(), null, null, new ReadOnlyMemory<byte>(file.GetProperty("contentBase64").GetBytesFromBase64()), null, null, null)).ToList();
            var surroundings = new ByHandContext("", root.GetProperty("ownAccount").GetString(), root.GetProperty("nativeId").GetString()!, root.GetProperty("at").GetDateTimeOffset());
            if (command.Decide(surroundings with { Now = now }, files.Count) is not ({ } act, _)) return [new ReadAct.Rejected(1, RefusalCodes.WrongType, "What was filled in cannot be read any more.")];
            return
            [
                new ReadAct.Accepted(act with
                {
                    NativeId = root.GetProperty("nativeId").GetString()!, IdKind = root.GetProperty("idKind").GetString()!, ObservedAt = surroundings.Now, Attachments = files,
                    Raw = Encoding.UTF8.GetBytes(form.GetRawText()), RawPointer = "/form",
                }, 1),
            ];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return [new ReadAct.Rejected(1, RefusalCodes.BrokenJson, "What was filled in cannot be read.")];
        }
    }
}
