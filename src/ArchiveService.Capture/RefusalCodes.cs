namespace ArchiveService.Capture;

/// <summary>Why input was refused; stable, callers show them.</summary>
public static class RefusalCodes
{
    /// <summary>Not JSON.</summary>
    public const string BrokenJson = "broken-json";

    /// <summary>JSON, but not an object.</summary>
    public const string NotAnObject = "not-an-object";

    /// <summary>Longer than <see cref="CaptureLimits.MaxLineBytes"/>.</summary>
    public const string LineTooLong = "line-too-long";

    /// <summary>Longer than <see cref="CaptureLimits.MaxTextChars"/>.</summary>
    public const string TextTooLong = "text-too-long";

    /// <summary>An id, name or address longer than <see cref="CaptureLimits.MaxShortTextChars"/>.</summary>
    public const string ValueTooLong = "value-too-long";

    /// <summary>No native id.</summary>
    public const string NativeIdMissing = "native-id-missing";

    /// <summary>No act.</summary>
    public const string ActMissing = "act-missing";

    /// <summary>A member has a type that it cannot have.</summary>
    public const string WrongType = "wrong-type";

    /// <summary>An id or a name holds half a character, NUL or bytes that are not UTF-8.</summary>
    public const string BadCharacters = "bad-characters";

    /// <summary>A time that cannot be read.</summary>
    public const string TimeUnreadable = "time-unreadable";

    /// <summary>A time before 1990 or more than 24 hours ahead.</summary>
    public const string TimeOutOfRange = "time-out-of-range";

    /// <summary>An attachment's file name is a path or holds control characters.</summary>
    public const string AttachmentFileName = "attachment-file-name";

    /// <summary>The attachment's bytes do not give the hash that came with them.</summary>
    public const string AttachmentHashMismatch = "attachment-hash-mismatch";

    /// <summary>The attachment's hash is not 64 hexadecimal digits.</summary>
    public const string AttachmentHash = "attachment-hash";

    /// <summary>The attachment's bytes are not Base64.</summary>
    public const string AttachmentBase64 = "attachment-base64";

    /// <summary>More than <see cref="CaptureLimits.MaxAttachments"/> attachments.</summary>
    public const string TooManyAttachments = "too-many-attachments";

    /// <summary>The input ended in the middle.</summary>
    public const string InputTruncated = "input-truncated";

    /// <summary>Not an answer but the platform's own refusal to give one.</summary>
    public const string PlatformError = "platform-error";
}
