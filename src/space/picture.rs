//! Streams of pictures: bytes, row by row, one frame or several of a stack.

use super::buffer::ElementType;
use super::observation::ObservationStream;

/// The extents of a picture that an environment shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Picture {
    /// Frames of a stack, the oldest first; 1 of a picture that stands alone.
    pub frames: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel: 1 of gray or depth, 3 of red, green and blue.
    pub channels: usize,
}

impl Picture {
    /// Bytes of a frame, shape (height, width, channels).
    pub fn frame_size(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl ObservationStream {
    /// A stream of pictures that the policy sees: u8 of shape (height, width, channels), or (frames, height,
    /// width, channels) of a stack of more than one frame, whose last frame is the newest. In the first steps of
    /// an episode its first frame stands for those that would lie before it.
    pub fn picture(name: &str, picture: Picture) -> Self {
        let Picture { frames, height, width, channels } = picture;
        let shape = [frames, height, width, channels];
        Self::new(name, if frames == 1 { &shape[1..] } else { &shape }, ElementType::U8)
    }

    /// The picture that it shows; none if it shows something else.
    pub fn as_picture(&self) -> Option<Picture> {
        match (self.element, &self.shape[..]) {
            (ElementType::U8, &[height, width, channels]) => {
                Some(Picture { frames: 1, height, width, channels })
            }
            (ElementType::U8, &[frames, height, width, channels]) => {
                Some(Picture { frames, height, width, channels })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_bytes_in_rows_of_pixels_are_pictures() {
        for frames in [1, 3] {
            let picture = Picture { frames, height: 4, width: 5, channels: 2 };
            let stream = ObservationStream::picture("eye", picture);
            assert_eq!(stream.as_picture(), Some(picture));
            assert_eq!((stream.size(), picture.frame_size()), (frames * 40, 40));
        }
        assert_eq!(ObservationStream::new("eye", &[4, 5, 2], ElementType::F32).as_picture(), None);
        assert_eq!(ObservationStream::new("eye", &[4, 5], ElementType::U8).as_picture(), None);
    }
}
